// [data-send]: a form is sent once. The button says that it is busy, and wakes again when the page comes back from history.
(() => {
  const buttons = (form) => form.querySelectorAll("button:not([type]), button[type=submit]");
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-send]") || event.defaultPrevented) return;
    if (form.dataset.sending) {
      event.preventDefault();
      return;
    }
    form.dataset.sending = "yes";
    buttons(form).forEach((button) => {
      button.setAttribute("aria-busy", "true");
      if (!button.querySelector(".spin")) button.insertAdjacentHTML("afterbegin", '<span class="spin" aria-hidden="true"></span>');
    });
  });
  const wake = (form) => {
    delete form.dataset.sending;
    buttons(form).forEach((button) => {
      button.removeAttribute("aria-busy");
      button.querySelector(":scope > .spin")?.remove();
    });
  };
  const wakeAll = () => document.querySelectorAll("form[data-sending]").forEach(wake);
  window.addEventListener("pageshow", wakeAll);
  document.addEventListener("htmx:afterRequest", wakeAll);
})();
