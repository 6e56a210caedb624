// One polite line and one assertive one for the whole page.

/** Says a line without moving the focus; `lost` is kept for work that would be lost. */
export function announce(text, { lost = false } = {}) {
  const region = document.getElementById(lost ? "alarm" : "live");
  if (!region) return;
  region.textContent = "";
  requestAnimationFrame(() => { region.textContent = text; });
}
