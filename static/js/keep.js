// Typed text survives: forms with data-keep="<key>" are remembered in this tab, per person, until they were accepted.
// A form was accepted when the page after sending it is neither the sign-in, nor an error, nor the same form with errors.
// Passwords, files, hidden fields and signatures are never kept; signing out forgets everything.
(() => {
  const person = document.body.dataset.person;
  const name = (form) => `keep:${person}:${form.dataset.keep}`;
  const read = (key) => JSON.parse(sessionStorage.getItem(key) || "null");
  const write = (key, draft) => sessionStorage.setItem(key, JSON.stringify(draft));
  const ours = () => Object.keys(sessionStorage).filter((key) => key.startsWith("keep:"));
  const fields = (form) =>
    [...form.elements].filter(
      (field) => field.name && !field.closest("[data-signature]") && !["password", "file", "hidden", "submit", "button"].includes(field.type),
    );
  const ticked = (field) => field.type === "radio" || field.type === "checkbox";

  const snapshot = (form) => {
    const values = {};
    for (const field of fields(form)) {
      if (ticked(field)) values[`${field.name}=${field.value}`] = field.checked;
      else values[field.name] = field.value;
    }
    return values;
  };

  const restore = (form, { values, at }) => {
    const server = form.querySelector("[data-kept-at]")?.dataset.keptAt; // what the server kept, in seconds; whatever is newer counts
    for (const field of fields(form)) {
      const kept = values[ticked(field) ? `${field.name}=${field.value}` : field.name];
      if (kept === undefined) continue;
      if (ticked(field)) field.checked = kept;
      else if (!field.value || (server && field.name === "text" && at > server * 1000)) field.value = kept;
      if (ticked(field) && kept) field.dispatchEvent(new Event("change", { bubbles: true }));
    }
  };

  const settle = () => {
    const cutOff = document.body.dataset.page; // "entrance" or "error": nothing was accepted
    for (const key of ours()) {
      const draft = read(key);
      if (!draft.sent) continue;
      const form = [...document.querySelectorAll("form[data-keep]")].find((one) => name(one) === key);
      if (cutOff || form?.querySelector("[data-errors]")) write(key, { ...draft, sent: false });
      else sessionStorage.removeItem(key);
    }
  };

  const bind = (form) => {
    if (form.dataset.kept) return;
    form.dataset.kept = "yes";
    const draft = read(name(form));
    if (draft && !form.querySelector("[data-errors]")) restore(form, draft);
    form.addEventListener("input", () => write(name(form), { values: snapshot(form), sent: false, at: Date.now() }));
    form.addEventListener("submit", () => write(name(form), { values: snapshot(form), sent: true, at: Date.now() }));
  };

  const start = () => {
    if (person) document.querySelectorAll("form[data-keep]").forEach(bind);
  };

  settle();
  start();
  document.addEventListener("htmx:afterSettle", start);
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("form[data-keep]");
    const asked = event.detail.requestConfig?.verb === "get"; // a search inside the form sends nothing of it
    if (form && !asked && event.detail.successful && person) sessionStorage.removeItem(name(form));
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-forget]")) return;
    ours().forEach((key) => sessionStorage.removeItem(key));
    window.caches?.delete("kumala-counts"); // the page that static/js/count-worker.js keeps
  });
})();
