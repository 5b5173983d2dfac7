// form[data-autosave]: htmx sends it while it is typed (see its hx- attributes). Sending the form by hand waits for a save that is under
// way, so that nobody is told to have been overtaken by themselves. Without JavaScript there is the button.
(() => {
  let saving = null; // ends when the answer of the save has been put in its place
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!event.target.matches?.("form[data-autosave]")) return;
    const mine = new Promise((done) => event.target.addEventListener("htmx:afterRequest", () => setTimeout(done), { once: true }));
    saving = mine;
    mine.then(() => {
      if (saving === mine) saving = null;
    });
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-autosave]") || !saving || form.dataset.waited) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = event.submitter;
    saving.then(() => { // in a task of its own by then: a form that is being sent cannot be sent
      form.dataset.waited = "yes";
      form.requestSubmit(button);
      delete form.dataset.waited;
    });
  }, true);
})();
