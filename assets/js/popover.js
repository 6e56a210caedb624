// Definitions: a[data-define] fetches the glossary's fragment into one popover; [popovertarget] ones are in the page.
// Both open beside the button, close with Escape and give the focus back. On a phone the sheet sits at the bottom.
const PHONE = window.matchMedia("(max-width: 900px)");
const GAP = 8;
let opener = null;

function place(sheet, button) {
  if (PHONE.matches || !button) return;
  const at = button.getBoundingClientRect();
  const left = Math.max(GAP, Math.min(at.left - GAP, window.innerWidth - sheet.offsetWidth - GAP));
  const below = at.bottom + GAP;
  const top = below + sheet.offsetHeight > window.innerHeight ? Math.max(GAP, at.top - GAP - sheet.offsetHeight) : below;
  sheet.style.left = `${left}px`;
  sheet.style.top = `${top}px`;
}

function shared() {
  let sheet = document.getElementById("definition");
  if (!sheet) {
    sheet = document.createElement("div");
    sheet.id = "definition";
    sheet.className = "sm-popover";
    sheet.popover = "auto";
    sheet.tabIndex = -1;
    sheet.setAttribute("role", "dialog");
    document.body.append(sheet);
  }
  return sheet;
}

async function define(link) {
  const answer = await fetch(link.href, { headers: { "HX-Request": "true", "HX-Target": "definition" } });
  if (!answer.ok) {
    window.location.assign(link.href);
    return;
  }
  const sheet = shared();
  sheet.innerHTML = await answer.text();
  sheet.setAttribute("aria-label", link.getAttribute("aria-label") ?? link.textContent.trim());
  sheet.showPopover();
  place(sheet, link);
  sheet.focus({ preventScroll: true });
}

export function start() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-define], [popovertarget]");
    if (!button) return;
    opener = button;
    if (!button.matches("[data-define]") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    define(button);
  });
  // "toggle" does not bubble, so it is listened to on its way down.
  document.addEventListener("toggle", (event) => {
    const sheet = event.target;
    if (!sheet.matches?.(".sm-popover[popover]")) return;
    opener?.classList.toggle("is-on", event.newState === "open");
    if (event.newState === "open") place(sheet, opener);
    else if (sheet.contains(document.activeElement) || document.activeElement === document.body) opener?.focus();
  }, true);
}
