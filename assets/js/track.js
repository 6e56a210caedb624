// Brings the current one into view where a stage track or a row of tabs scrolls sideways.
export function attach(root) {
  for (const track of root.querySelectorAll("[data-track]")) {
    const now = track.querySelector("[aria-current]");
    if (now) track.scrollLeft = now.offsetLeft - track.offsetLeft - (track.clientWidth - now.clientWidth) / 2;
  }
}
