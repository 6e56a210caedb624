// Opens <dialog> elements: [data-dialog="#id"] opens, [data-close] closes; the focus goes back to what opened it.

/** Opens the dialog as a modal unless one is open already. */
export function open(dialog) {
  if (!dialog || dialog.open || document.querySelector("dialog[open]")) return false;
  dialog.showModal();
  return true;
}

export function start() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) {
      const dialog = document.querySelector(opener.dataset.dialog);
      if (dialog) {
        event.preventDefault();
        open(dialog);
      }
      return;
    }
    const closer = event.target.closest("[data-close]");
    if (closer) closer.closest("dialog")?.close();
    // A click on the backdrop reaches the dialog itself; a confirmation wants an answer.
    else if (event.target.matches?.("dialog[open]:not([role=alertdialog])") && outside(event)) event.target.close();
  });
}

function outside(event) {
  const box = event.target.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}
