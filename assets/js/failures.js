// A form or a part of the page that htmx asked for and did not get says so: in the words of the page that was answered
// instead, or that nobody answered. What asks by itself keeps quiet and marks its age (poll.js).
import { asksByItself } from "./poll.js";

function wordsOf(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const said = (selector) => page.querySelector(`#main ${selector}`)?.textContent.trim() ?? "";
  return said("h1") && `${said("h1")}. ${said(".sm-verdict p")}`.trim();
}

function say(event, text) {
  const template = document.getElementById("failure");
  const tray = document.querySelector("[data-toasts]");
  if (!template || !tray || asksByItself(event.detail.elt)) return;
  tray.querySelectorAll("[data-failure]").forEach((toast) => toast.remove());
  const toast = template.content.firstElementChild.cloneNode(true);
  toast.dataset.failure = "";
  toast.querySelector("span").textContent = text || template.dataset.unanswered;
  tray.append(toast);
}

export function start() {
  document.addEventListener("htmx:responseError", (event) => say(event, wordsOf(event.detail.xhr.responseText)));
  for (const failure of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(failure, (event) => say(event, ""));
}
