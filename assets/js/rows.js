// Lists worked by keyboard: J and K move between [data-row] in [data-rows], Enter opens, Space selects.
// The row in hand has aria-current and the focus is on its [data-row-link], or else on its first link.
const rowsOf = (list) => [...list.querySelectorAll("[data-row]")];
const linkOf = (row) => row.querySelector("[data-row-link]") ?? row.querySelector("a");

/** Marks a row as the one in hand and focuses its link. */
export function mark(row) {
  const list = row.closest("[data-rows]");
  for (const other of rowsOf(list)) {
    if (other === row) other.setAttribute("aria-current", "true");
    else other.removeAttribute("aria-current");
  }
  const link = linkOf(row);
  link?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

/** Takes a row in hand: marks it and, where the list has a preview, asks for it. */
export function take(row) {
  mark(row);
  row.dispatchEvent(new CustomEvent("row:taken", { bubbles: true }));
}

function move(list, step) {
  const rows = rowsOf(list);
  if (!rows.length) return;
  const held = rows.findIndex((row) => row.contains(document.activeElement));
  const at = held >= 0 ? held : rows.findIndex((row) => row.matches("[aria-current=true]"));
  take(rows[Math.min(Math.max(at + step, 0), rows.length - 1)]);
}

export function start() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input:not([type=checkbox]), textarea, select")) return;
    const list = document.querySelector("[data-rows]");
    if (!list || document.body.dataset.keys === "off" || document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase();
    if (key === "j" || key === "k") {
      event.preventDefault();
      move(list, key === "j" ? 1 : -1);
    } else if (key === " ") {
      const box = document.activeElement.closest?.("[data-row]")?.querySelector("input[type=checkbox]");
      if (!box || document.activeElement.matches("button, summary, input")) return;
      event.preventDefault();
      box.click();
    }
  });
}
