// Short notices: from the server (HX-Trigger: {"toast": "…"}) and for what the server cannot say: no connection, an ended
// sign-in, a fault. A refusal (409) shows the sentence that came with it.
(() => {
  const shelf = document.querySelector("[data-toasts]");
  if (!shelf) return;

  const toast = (text, link) => {
    const box = document.createElement("div");
    box.className = "toast-box";
    box.append(document.createElement("i"), Object.assign(document.createElement("div"), { textContent: text }));
    if (link) {
      const anchor = Object.assign(document.createElement("a"), { href: link.href, textContent: link.text });
      box.children[1].append(" ", anchor);
    }
    const close = Object.assign(document.createElement("button"), { type: "button", className: "round-btn", textContent: "×" });
    close.setAttribute("aria-label", shelf.dataset.close);
    close.addEventListener("click", () => box.remove());
    box.append(close);
    shelf.replaceChildren(...[...shelf.children].slice(-2), box);
    if (!link) setTimeout(() => box.matches(":hover, :focus-within") || box.remove(), 9000);
  };

  const sentence = (answer) => {
    const page = new DOMParser().parseFromString(answer.responseText || "", "text/html");
    return page.querySelector("[data-reason]")?.textContent.trim();
  };

  const here = () => `${location.pathname}${location.search}`;
  const expired = () =>
    toast(shelf.dataset.expired, { text: shelf.dataset.signIn, href: `${shelf.dataset.signInUrl}?next=${encodeURIComponent(here())}` });

  document.addEventListener("toast", (event) => toast(event.detail.value ?? event.detail));
  // A part that renews itself, or keeps what is typed, fails quietly: it asks again by itself, and nobody waits for it.
  const quietly = (event) => event.target.matches?.("[data-live], [data-unsent]");
  document.addEventListener("htmx:sendError", (event) => quietly(event) || toast(shelf.dataset.offline));
  document.addEventListener("htmx:timeout", (event) => quietly(event) || toast(shelf.dataset.offline));
  window.addEventListener("offline", () => toast(shelf.dataset.offline));
  document.addEventListener("htmx:responseError", (event) => {
    const answer = event.detail.xhr;
    if (answer.status === 401) expired();
    else if (quietly(event)) return;
    else if (answer.status === 429) toast(shelf.dataset.busy);
    else toast(sentence(answer) || shelf.dataset.failed);
  });
})();
