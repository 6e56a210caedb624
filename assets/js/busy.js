// Shows after 300 ms that an answer is awaited: aria-busy on the control that asked, which keeps its width.
const PATIENCE = 300;
const timers = new WeakMap();

function wait(control) {
  if (!control) return;
  timers.set(control, setTimeout(() => control.setAttribute("aria-busy", "true"), PATIENCE));
}

function rest(control) {
  if (!control) return;
  clearTimeout(timers.get(control));
  control.removeAttribute("aria-busy");
}

const asking = (event) => event.detail.requestConfig?.triggeringEvent?.submitter ?? event.detail.elt;

export function start() {
  document.addEventListener("htmx:beforeRequest", (event) => wait(asking(event)));
  document.addEventListener("htmx:afterRequest", (event) => rest(asking(event)));
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented && !event.target.matches("[hx-post], [hx-get]")) wait(event.submitter);
  });
  // A page shown again from the back-forward cache is not waiting for anything.
  window.addEventListener("pageshow", () => document.querySelectorAll("[aria-busy]").forEach(rest));
}
