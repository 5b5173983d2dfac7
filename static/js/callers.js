// [data-callers="<id>"]: a search field above a list of radio buttons. Arrow down goes into the list; Enter takes the first of
// them and goes on to the next empty field of the form, and so does Enter in the list. Without this, Tab and blank do the same.
(() => {
  const field = document.querySelector("[data-callers]");
  if (!field) return;
  const list = document.getElementById(field.dataset.callers);
  const first = () => list.querySelector("input[type=radio]");
  const onwards = () => field.form.elements.title.focus();
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && first()) {
      event.preventDefault();
      first().focus();
      first().checked = true;
    }
    if (event.key === "Enter" && first()) {
      event.preventDefault();
      if (!list.querySelector("input:checked")) first().checked = true;
      onwards();
    }
  });
  list.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    event.target.checked = true;
    onwards();
  });
})();
