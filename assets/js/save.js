// Ctrl+S, in a field or outside, presses the button that saves the draft: data-save. It is no single key, and stays on.
export function start() {
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    const button = document.querySelector("[data-save]");
    if (!button || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    button.click();
  });
}
