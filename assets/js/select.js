// Selecting rows: within [data-select], the head's checkbox [data-select-all] takes the page, [data-selection] shows
// how many are taken and is hidden at none, [data-select-clear] lets go.
function update(area) {
  const boxes = [...area.querySelectorAll("[data-row] input[type=checkbox]")];
  const taken = boxes.filter((box) => box.checked).length;
  for (const box of boxes) box.closest("[data-row]").classList.toggle("is-on", box.checked);
  const all = area.querySelector("[data-select-all]");
  if (all) {
    all.checked = taken > 0 && taken === boxes.length;
    all.indeterminate = taken > 0 && taken < boxes.length;
  }
  const bar = area.querySelector("[data-selection]");
  if (bar) bar.hidden = taken === 0;
  for (const count of area.querySelectorAll("[data-selected]")) count.textContent = String(taken);
}

function set(area, checked) {
  for (const box of area.querySelectorAll("[data-row] input[type=checkbox]")) box.checked = checked;
  update(area);
}

export function start() {
  document.addEventListener("change", (event) => {
    const area = event.target.closest("[data-select]");
    if (!area) return;
    if (event.target.matches("[data-select-all]")) set(area, event.target.checked);
    else update(area);
  });
  document.addEventListener("click", (event) => {
    const clear = event.target.closest("[data-select-clear]");
    if (clear) set(clear.closest("[data-select]"), false);
  });
}

export function attach(root) {
  for (const area of root.querySelectorAll("[data-select]")) update(area);
}
