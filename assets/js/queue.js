// The queue on a wide screen: a click on a lead takes it in hand beside the list, Enter on the one in hand opens the
// contact. On a phone, and without this, the link opens the lead as a page. New arrivals are said once.
import { announce } from "./live.js";
import { mark, take } from "./rows.js";

const WIDE = window.matchMedia("(min-width: 901px)");
let said = "";

function select(row) {
  for (const other of document.querySelectorAll(".sm-queue .is-selected")) other.classList.remove("is-selected");
  row.classList.add("is-selected");
}

export function start() {
  document.addEventListener("click", (event) => {
    const row = event.target.closest(".sm-queue [data-row-link]")?.closest("[data-row]");
    if (!row || !WIDE.matches || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    const isEnter = event.detail === 0;
    if (isEnter && row.matches("[aria-current=true]")) window.location.assign(row.dataset.page);
    else take(row);
  });
  document.addEventListener("row:taken", (event) => {
    if (!event.target.closest(".sm-queue")) return;
    select(event.target);
  });
  // The preview of another lead did not come: the one that is shown stays in hand.
  document.addEventListener("preview:kept", () => {
    const shown = document.getElementById(`lead-${document.getElementById("lead-in-hand")?.value}`)?.closest("[data-row]");
    if (!shown) return;
    mark(shown);
    select(shown);
  });
  // What opens by a key is worked on by the next one: into its first field.
  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.(".sm-preview details[open]")) event.target.querySelector("select, input:not([type=hidden])")?.focus();
  }, true);
  document.addEventListener("htmx:afterSettle", () => {
    const news = document.querySelector("[data-news]")?.textContent.trim() ?? "";
    if (news && news !== said) announce(news);
    said = news;
  });
}
