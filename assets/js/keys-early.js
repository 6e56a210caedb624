// Remembers the keys that are pressed before the behaviours have started, so that a quick hand loses none (hold.js).
(() => {
  const early = [];
  const hear = (event) => {
    const isPlain = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.isComposing;
    if (isPlain && !event.target.closest?.("input, textarea, select, [contenteditable]")) early.push(event.key);
  };
  document.addEventListener("keydown", hear);
  window.keysBefore = () => {
    document.removeEventListener("keydown", hear);
    return early.splice(0);
  };
})();
