// Polling that nobody notices: an element with data-poll and htmx's "every 30s" never moves focus, scroll or an open
// menu, sleeps in a hidden tab, and marks [data-asof] as at risk when the server does not answer.
const isBusy = (element) => element.querySelector("details[open], :popover-open, [aria-expanded=true]") !== null || document.querySelector("dialog[open]") !== null;
const isTyping = (element) => element.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");

/** Whether nobody need be there for what this element asks. */
export const asksByItself = (element) => element.matches("[data-poll], [hx-trigger*=every]");

function stale(isStale) {
  for (const mark of document.querySelectorAll("[data-asof]")) mark.classList.toggle("is-stale", isStale);
}

export function start() {
  let kept = null;
  document.addEventListener("htmx:beforeRequest", (event) => {
    const element = event.detail.elt;
    if (element.matches("[data-poll]") && (document.hidden || isBusy(element) || isTyping(element))) event.preventDefault();
  });
  document.addEventListener("htmx:configRequest", (event) => {
    if (asksByItself(event.detail.elt)) event.detail.headers["X-Asks-By-Itself"] = "yes";
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!event.detail.elt.matches("[data-poll]")) return;
    kept = { focus: document.activeElement?.id, top: window.scrollY, inner: event.detail.target.scrollTop };
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (!kept || !event.detail.elt.matches("[data-poll]")) return;
    if (kept.focus && document.activeElement === document.body) document.getElementById(kept.focus)?.focus({ preventScroll: true });
    event.detail.target.scrollTop = kept.inner;
    window.scrollTo({ top: kept.top });
    kept = null;
  });
  document.addEventListener("htmx:sendError", () => stale(true));
  document.addEventListener("htmx:responseError", (event) => { if (asksByItself(event.detail.elt)) stale(true); });
  document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) stale(false); });
}
