// Scans of a stock-take are kept on the telephone (IndexedDB) before they are sent, and forgotten when the server has them.
// Without reception they wait; each carries a key of its own, so that sending one twice counts once. What the server refuses
// stays as well, with the reason, until somebody sends it again or throws it away. The page itself is kept by count-worker.js.
(() => {
  const form = document.querySelector("form[data-count]");
  if (!form || !window.indexedDB) return;
  const take = form.dataset.count;
  const said = document.querySelector("[data-said]");
  const waiting = document.querySelector("[data-waiting]");
  const lines = document.querySelector("[data-lines]");
  const refused = document.querySelector("[data-refused-lines]");

  const opened = new Promise((resolve, reject) => {
    const request = indexedDB.open("kumala-counts", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("scans", { keyPath: "key" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const store = async (mode, act) => {
    const base = await opened;
    return new Promise((resolve, reject) => {
      const change = base.transaction("scans", mode);
      const request = act(change.objectStore("scans"));
      change.oncomplete = () => resolve(request.result);
      change.onerror = change.onabort = () => reject(change.error);
    });
  };
  const all = async () => (await store("readonly", (scans) => scans.getAll())).filter((scan) => scan.take === take);
  const kept = async () => (await all()).filter((scan) => !scan.refused).sort((a, b) => (a.fields.at < b.fields.at ? -1 : 1));

  const show = (text, tone) => {
    said.textContent = text;
    said.className = `notice ${tone}`;
  };
  const count = async () => {
    const number = (await kept()).length;
    waiting.hidden = !number;
    waiting.querySelector(".figures").textContent = number;
    refused.replaceChildren(...(await all()).filter((scan) => scan.refused).map(refusedLine));
  };
  const button = (words, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn btn-quiet";
    made.textContent = words;
    made.addEventListener("click", act);
    return made;
  };
  const refusedLine = (scan) => {
    const line = document.createElement("li");
    line.className = "row-of apart";
    const words = document.createElement("span");
    words.textContent = `${form.dataset.refused} ${scan.fields.code}: ${scan.refused}`;
    const again = button(form.dataset.again, async () => {
      await store("readwrite", (scans) => scans.put({ ...scan, refused: "" }));
      await send();
    });
    const away = button(form.dataset.away, async () => {
      await store("readwrite", (scans) => scans.delete(scan.key));
      await count();
    });
    line.append(words, again, away);
    return line;
  };

  // The key is made of random bytes: randomUUID is missing where the page came without TLS.
  const newKey = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  };

  const post = async (scan) => {
    const body = new FormData();
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    for (const [name, value] of Object.entries(scan.fields)) body.set(name, value);
    if (scan.photo) body.set("photo", scan.photo, scan.photoName);
    return fetch(location.pathname, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "error" });
  };

  let sending = false;
  const send = async () => {
    if (sending) return;
    sending = true;
    try {
      for (const scan of await kept()) {
        const answer = await post(scan);
        if (answer.status >= 500 || answer.status === 401 || answer.status === 403) break; // later, or after signing in
        const told = await answer.json();
        const keep = answer.ok ? (scans) => scans.delete(scan.key) : (scans) => scans.put({ ...scan, refused: told.said });
        await store("readwrite", keep);
        if (answer.ok) {
          show(told.said, told.result === "found" ? "tone-jade" : "tone-brass");
          for (const [name, number] of Object.entries(told.figures)) {
            const place = document.querySelector(`[data-figure="${name}"]`);
            if (place) place.textContent = number;
          }
          const line = document.createElement("li");
          line.className = "row-of";
          line.textContent = told.said;
          lines.prepend(line);
        } else {
          show(`${form.dataset.refused} ${scan.fields.code}: ${told.said}`, "tone-brick");
        }
      }
    } catch {
      // no reception: what waits is sent by the next try
    } finally {
      sending = false;
      await count();
    }
  };

  form.addEventListener("submit", async (event) => {
    const code = form.elements.code.value.trim();
    if (!code) return;
    event.preventDefault();
    event.stopPropagation();
    const photo = form.elements.photo?.files[0];
    const fields = { code, key: newKey(), at: new Date().toISOString(), note: form.elements.note.value };
    if (form.elements.correct.checked) fields.correct = "on";
    if (form.elements.room?.value) fields.room = form.elements.room.value;
    await store("readwrite", (scans) => scans.put({ key: fields.key, take, fields, photo, photoName: photo?.name }));
    show(`${code}: ${form.dataset.kept}`, "tone-brass");
    form.elements.code.value = form.elements.note.value = "";
    if (form.elements.photo) form.elements.photo.value = "";
    await count();
    await send();
    form.elements.code.focus();
  }, true);

  // What the page is made of is kept as soon as the worker runs: reception may be gone before it is opened again.
  navigator.serviceWorker?.register("/assets/counts/worker.js").then(async () => {
    await navigator.serviceWorker.ready;
    const parts = [...document.querySelectorAll("script[src], link[rel=stylesheet], link[rel=icon]")].map((part) => part.src || part.href);
    await (await caches.open("kumala-counts")).addAll([...new Set([location.pathname, ...parts])]);
    form.dataset.ready = "yes";
  }).catch(() => {}); // without TLS there is no worker; scans wait all the same

  addEventListener("online", send);
  setInterval(send, 15000);
  count().then(send);
})();
