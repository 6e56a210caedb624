// No key is lost, and none meets what is being replaced: while a row's preview is on its way, single keys wait for it
// and then act on that row, not on the one before. J and K go on at once, unless an earlier key is waiting.
const PATIENCE = 10_000;
const MOVES = new Set(["j", "k"]);
const waiting = [];
let until = 0;
let isPressing = false;

const isHeld = () => Date.now() < until;
const isPreview = (event) => event.detail.target?.matches?.("[data-preview]");
const isPlain = (event) => event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.isComposing;

function press(key) {
  const place = document.activeElement ?? document.body;
  place.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
}

function release() {
  until = 0;
  isPressing = true;
  while (waiting.length && !isHeld()) press(waiting.shift());
  isPressing = false;
}

/** Another preview is asked for. What waits was meant for the one before, unless a waiting J or K asks for it. */
function hold() {
  if (!isPressing) waiting.length = 0;
  until = Date.now() + PATIENCE;
}

function hear(event) {
  if (!event.isTrusted || !isHeld() || !isPlain(event) || event.target.closest?.("input, textarea, select")) return;
  if (MOVES.has(event.key.toLowerCase()) && !waiting.length) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  waiting.push(event.key);
}

/** What was pressed before the behaviours started is pressed now. */
export function ready() {
  waiting.push(...(window.keysBefore?.() ?? []));
  release();
}

export function start() {
  window.addEventListener("keydown", hear, true);
  document.addEventListener("htmx:beforeRequest", (event) => { if (isPreview(event)) hold(); });
  document.addEventListener("htmx:afterSettle", (event) => { if (isPreview(event)) release(); });
  // Nothing came: what waited for it is not done to something else.
  for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(failure, (event) => {
      if (!isPreview(event)) return;
      waiting.length = 0;
      until = 0;
      document.dispatchEvent(new CustomEvent("preview:kept"));
    });
  }
}
