// The contact page: what a key opens is worked on by the next one, and after a form the focus goes back to what opened it.
let back = "";

const isPage = (element) => element?.id === "contact";

/** The control to return to: what opens the form, or the form's own field. */
const origin = (form) => form.closest("details")?.querySelector("summary")?.id || form.querySelector("input[id], button[id]")?.id || "";

export function start() {
  document.addEventListener("toggle", (event) => {
    const menu = event.target;
    if (!menu.matches?.("[data-contact] details[open]") || !menu.contains(document.activeElement)) return;
    menu.querySelector("form select, form input:not([type=hidden]), form textarea")?.focus();
  }, true);
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (isPage(event.detail.target)) back = origin(event.detail.elt);
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (!isPage(event.detail.target) || event.detail.xhr?.status >= 400) return;
    const target = document.getElementById(back) ?? document.getElementById("main");
    target.focus({ preventScroll: true });
  });
}
