// After a refused form the eye and the reader start at its summary: [data-errors] takes the focus.
(() => {
  const show = (root) => root.querySelector("[data-errors]")?.focus();
  show(document);
  document.addEventListener("htmx:afterSettle", (event) => show(event.target));
})();
