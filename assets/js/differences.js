// D goes to the next difference of a page that shows some, from where the reader is, and from the last to the first.
import { announce } from "./live.js";

const CHANGES = ".sm-parts ins, .sm-parts del, .sm-criteria-words ins, .sm-criteria-words del";
const FIELD = "input, textarea, select, [contenteditable]";
let last = null;

const isSeen = (change) => change.checkVisibility?.() ?? change.offsetParent !== null;

/** Whether it stands in the place of what is gone: both are one difference. */
function replaces(change) {
  let before = change.previousSibling;
  while (before?.nodeType === Node.TEXT_NODE && !before.textContent.trim()) before = before.previousSibling;
  return change.tagName === "INS" && before?.tagName === "DEL";
}

function next() {
  const all = [...document.querySelectorAll(CHANGES)].filter((change) => isSeen(change) && !replaces(change));
  if (!all.length) return false;
  const place = (all.indexOf(last) + 1) % all.length;
  last = all[place];
  last.tabIndex = -1;
  last.focus({ preventScroll: true });
  last.scrollIntoView({ block: "center" });
  announce(`${place + 1} / ${all.length}`);
  return true;
}

export function start() {
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "d" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.isComposing) return;
    if (document.body.dataset.keys === "off" || event.target.closest?.(FIELD) || document.querySelector("dialog[open]")) return;
    if (next()) event.preventDefault();
  });
}
