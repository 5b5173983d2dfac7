// Canned answers: [data-insert] writes its text into the answer of the same form instead of leaving the page.
(() => {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-insert]");
    const field = link?.closest("form")?.querySelector("textarea");
    if (!field || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const [start, end] = [field.selectionStart, field.selectionEnd];
    const gap = start > 0 && !/\s$/.test(field.value.slice(0, start)) ? "\n" : "";
    field.setRangeText(gap + link.dataset.insert, start, end, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    link.closest("details").open = false;
    field.focus();
  });
})();
