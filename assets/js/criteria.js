// The builder of criteria by keyboard: Alt and an arrow moves or nests the line in hand, Delete outside a field
// removes it, + adds a criterion, Z brings the last one back. Each presses the button that is there without us.
const ARROWS = { ArrowUp: "up", ArrowDown: "down", ArrowRight: "right", ArrowLeft: "left" };

const own = (node, selector) => [...node.querySelectorAll(selector)].find((found) => found.closest("[data-node]") === node);

export function start() {
  document.addEventListener("keydown", (event) => {
    const isFree = !event.target.closest?.("[data-criteria], input:not([type=checkbox]), textarea, select, dialog");
    const builder = event.target.closest?.("[data-criteria]") ?? (isFree && event.key === "+" && document.querySelector("[data-criteria]"));
    if (!builder || event.ctrlKey || event.metaKey) return;
    const node = event.target.closest("[data-node]");
    const writing = event.target.matches("input:not([type=checkbox]), textarea, select");
    let button;
    if (event.altKey && ARROWS[event.key]) button = node && own(node, `[data-move=${ARROWS[event.key]}]`);
    else if (writing || event.altKey) return;
    else if (event.key === "Delete") button = node && own(node, "[data-move=remove]");
    else if (document.body.dataset.keys === "off") return;
    else if (event.key === "+") button = builder.querySelector("[data-add]");
    else if (event.key.toLowerCase() === "z") button = builder.querySelector("[data-undo]");
    if (!button) return;
    event.preventDefault();
    button.click();
  });
  // A look that is under way for a panel whose place a newer one takes is given up: its answer would find no page.
  document.addEventListener("htmx:beforeCleanupElement", (event) => {
    if (event.target.matches?.("[data-looks]")) event.target.dispatchEvent(new CustomEvent("htmx:abort", { bubbles: true, detail: {} }));
  });
}
