// Toasts: said once, gone after 8 s unless hovered, focused or an error; what can be undone stays as long as it can,
// 30 s, and Z undoes the last one.
import { announce } from "./live.js";

const LASTS = 8000;
const UNDO_LASTS = 30000;

function settle(toast) {
  if (toast.dataset.settled) return;
  toast.dataset.settled = "yes";
  announce(toast.querySelector("span")?.textContent ?? "", { lost: toast.matches(".is-error") });
  if (toast.matches("[data-stays]")) return;
  const lasts = toast.querySelector("[data-undo]") ? UNDO_LASTS : LASTS;
  let timer = setTimeout(() => toast.remove(), lasts);
  const pause = () => clearTimeout(timer);
  const resume = () => { timer = setTimeout(() => toast.remove(), lasts); };
  toast.addEventListener("mouseenter", pause);
  toast.addEventListener("focusin", pause);
  toast.addEventListener("mouseleave", resume);
  toast.addEventListener("focusout", resume);
}

export function start() {
  const tray = document.querySelector("[data-toasts]");
  if (!tray) return;
  const all = () => tray.querySelectorAll("[data-toast]").forEach(settle);
  all();
  new MutationObserver(all).observe(tray, { childList: true });
  document.addEventListener("click", (event) => event.target.closest("[data-toast-close]")?.closest("[data-toast]").remove());
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "z" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.body.dataset.keys === "off" || event.target.closest?.("input, textarea, select, [contenteditable]")) return;
    const undo = [...document.querySelectorAll("[data-undo] button")].pop();
    if (!undo) return;
    event.preventDefault();
    undo.click();
  });
}
