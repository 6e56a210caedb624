// Brings the current step of a stage track into view where the track scrolls sideways.
export function attach(root) {
  for (const track of root.querySelectorAll("[data-track]")) {
    const now = track.querySelector("[aria-current=step]");
    if (now) track.scrollLeft = now.offsetLeft - (track.clientWidth - now.clientWidth) / 2;
  }
}
