// Menus made of <details data-menu>: a click elsewhere or Escape closes them, one is open at a time.
const openMenus = () => document.querySelectorAll("details[data-menu][open]");

export function start() {
  document.addEventListener("click", (event) => {
    for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of openMenus()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  // a key opens what may be below the edge of the window
  document.addEventListener("toggle", ({ target }) => {
    if (target.open && target.matches("details[data-menu]") && target.contains(document.activeElement)) {
      target.querySelector(".sm-menu-sheet")?.scrollIntoView({ block: "nearest" });
    }
  }, true);
}
