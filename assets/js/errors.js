// After an invalid form the focus goes to the summary of errors, or else to the first wrong field.
function focusFirst(root) {
  const target = root.querySelector("[data-error-summary]") ?? root.querySelector("[aria-invalid=true]");
  target?.focus();
}

export function start() {
  focusFirst(document);
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.xhr?.status === 422) focusFirst(event.detail.elt);
  });
}
