// [data-passkey="<address>"] on a submit button: before the form is sent, the device's passkey signs what is decided on. The answer
// goes into the form's field [data-passkey-answer]. Nothing is lost when it fails: [data-passkey-state] says so, and one may try again.
(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const supported = Boolean(window.PublicKeyCredential && navigator.credentials);

  const ask = async (button) => {
    const csrf = button.form.querySelector("[name=csrfmiddlewaretoken]").value;
    const answer = await fetch(button.dataset.passkey, {
      method: "POST",
      headers: { "X-CSRFToken": csrf, Accept: "application/json" },
      credentials: "same-origin",
    });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.detail);
    const options = told.publicKey;
    return navigator.credentials.get({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        allowCredentials: (options.allowCredentials || []).map((one) => ({ ...one, id: bytes(one.id) })),
      },
    });
  };

  const written = (found) =>
    JSON.stringify({
      id: found.id,
      rawId: text(found.rawId),
      type: found.type,
      clientExtensionResults: found.getClientExtensionResults(),
      response: {
        clientDataJSON: text(found.response.clientDataJSON),
        authenticatorData: text(found.response.authenticatorData),
        signature: text(found.response.signature),
        userHandle: found.response.userHandle ? text(found.response.userHandle) : null,
      },
    });

  const bind = (button) => {
    const field = button.form.querySelector("[data-passkey-answer]");
    const state = button.form.querySelector("[data-passkey-state]");
    let asking = false;
    button.hidden = !supported;
    state.hidden = supported;
    button.addEventListener("click", async (event) => {
      if (field.value) return; // the passkey has answered: the form goes its way
      event.preventDefault();
      if (asking) return;
      asking = true;
      state.hidden = false;
      state.textContent = state.dataset.asking;
      try {
        field.value = written(await ask(button));
        state.textContent = state.dataset.answered;
        button.form.requestSubmit(button);
      } catch (problem) {
        state.textContent = problem instanceof DOMException || !problem.message ? state.dataset.failed : problem.message;
      } finally {
        asking = false;
      }
    });
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) field.value = ""; // a page from history: its answer was used
    });
  };
  const start = () => document.querySelectorAll("[data-passkey]:not([data-bound])").forEach((button) => {
    button.dataset.bound = "yes";
    bind(button);
  });
  start();
  document.addEventListener("htmx:afterSettle", start);
})();
