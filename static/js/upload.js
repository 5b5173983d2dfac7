// [data-upload] around a file input: shows what was chosen, lets one take a file back, takes files that are dropped, and says at once
// when one is larger than data-limit-mb of the input. The server checks again; this only saves the person a wait.
(() => {
  const size = (bytes) =>
    bytes < 1048576 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1048576).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 })} MB`;

  const row = (file, index, zone, input, list) => {
    const limit = Number(input.dataset.limitMb || 0) * 1048576;
    const line = document.createElement("li");
    const facts = Object.assign(document.createElement("span"), { textContent: `${size(file.size)} ` });
    facts.className = limit && file.size > limit ? "bad small" : "quiet small";
    const words = document.createElement("span");
    words.append(`${file.name} `, facts);
    if (limit && file.size > limit && input.dataset.tooBig) facts.append(`· ${input.dataset.tooBig}`);
    const drop = Object.assign(document.createElement("button"), { type: "button", className: "round-btn", textContent: "×" });
    drop.setAttribute("aria-label", `${input.dataset.remove || "×"} ${file.name}`);
    drop.addEventListener("click", () => {
      const rest = new DataTransfer();
      [...input.files].forEach((other, at) => at === index || rest.items.add(other));
      input.files = rest.files;
      draw(zone, input, list);
      input.focus();
    });
    line.append(document.createElement("i"), words, drop);
    return line;
  };

  const draw = (zone, input, list) => {
    list.replaceChildren(...[...input.files].map((file, index) => row(file, index, zone, input, list)));
    list.hidden = !input.files.length;
  };

  const bind = (zone) => {
    const input = zone.querySelector("input[type=file]");
    if (!input || zone.dataset.bound) return;
    zone.dataset.bound = "yes";
    const list = Object.assign(document.createElement("ul"), { className: "files", hidden: true });
    list.setAttribute("aria-live", "polite");
    zone.append(list);
    input.addEventListener("change", () => draw(zone, input, list));
    ["dragenter", "dragover"].forEach((kind) => zone.addEventListener(kind, (event) => { event.preventDefault(); zone.classList.add("over"); }));
    ["dragleave", "drop"].forEach((kind) => zone.addEventListener(kind, () => zone.classList.remove("over")));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      const all = new DataTransfer();
      const many = input.multiple ? [...input.files, ...event.dataTransfer.files] : [...event.dataTransfer.files].slice(0, 1);
      many.forEach((file) => all.items.add(file));
      input.files = all.files;
      draw(zone, input, list);
    });
  };

  const start = () => document.querySelectorAll("[data-upload]").forEach(bind);
  start();
  document.addEventListener("htmx:afterSettle", start);
})();
