// Single keys, outside fields only and only where they are on. A control says its own key: data-key="c"; a link of the
// rail says where "g" leads: data-go="c". The visible control in the current row wins over one elsewhere.
// A nav with a key goes through its links. What cannot be taken back takes its key twice: data-twice="what is said after the first".
import { open } from "./dialog.js";
import { announce } from "./live.js";

const FIELD = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]";
const PAUSE = 1200;
let going = 0;

const isOn = () => document.body.dataset.keys !== "off";
const isVisible = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;

function find(attribute, key) {
  const wanted = `[${attribute}="${CSS.escape(key)}"]`;
  const current = document.querySelector("[data-row][aria-current=true]");
  const near = current ? [...current.querySelectorAll(wanted)] : [];
  const preview = [...document.querySelectorAll(`[data-preview] ${wanted}`)];
  return [...preview, ...near, ...document.querySelectorAll(wanted)].find(isVisible);
}

/** Among links that stand beside each other, the one that is open now, then the next one, each time. */
function step(nav) {
  const links = [...nav.querySelectorAll("a")];
  const held = links.indexOf(document.activeElement);
  const current = links.findIndex((link) => link.hasAttribute("aria-current"));
  links[held < 0 ? Math.max(current, 0) : (held + 1) % links.length]?.focus();
}

function use(element) {
  if (element.matches("input, textarea, select")) {
    element.focus();
    element.select?.();
  } else if (element.matches("nav")) {
    step(element);
  } else {
    const isAsked = "twice" in element.dataset && document.activeElement !== element;
    element.focus({ preventScroll: true });
    if (isAsked) announce(element.dataset.twice);
    else element.click();
    // A choice that a key opens is made by the next ones.
    const sheet = element.parentElement?.matches("details[data-menu][open]") && element.parentElement.querySelector(".sm-menu-sheet");
    if (sheet) (sheet.querySelector("a[aria-current]") ?? sheet.querySelector("a"))?.focus();
  }
}

/** The definition button that belongs to the focused figure: the nearest ancestor that has one. */
function definition() {
  for (let box = document.activeElement; box && box !== document.body; box = box.parentElement) {
    const button = box.querySelector(".sm-define");
    if (button) return button;
  }
  return null;
}

function handle(event) {
  // AltGr is how many keyboards write [ and ]; it looks like Ctrl and Alt at once.
  const isShifted = !event.getModifierState?.("AltGraph") && (event.ctrlKey || event.metaKey || event.altKey);
  if (event.defaultPrevented || isShifted || event.isComposing) return;
  if (!isOn() || event.target.closest?.(FIELD) || document.querySelector("dialog[open]")) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const wasGoing = Date.now() - going < PAUSE;
  going = 0;
  if (!wasGoing && key === "g") {
    going = Date.now();
    return;
  }
  if (key === "?" && open(document.getElementById("keys"))) {
    event.preventDefault();
    return;
  }
  const target = wasGoing ? document.querySelector(`[data-go="${CSS.escape(key)}"]`) : key === "i" ? definition() : find("data-key", key);
  if (!target) return;
  event.preventDefault();
  use(target);
}

export function start() {
  document.addEventListener("keydown", handle);
}
