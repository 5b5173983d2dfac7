// [data-upload] around a file input: shows what was chosen, pictures small, lets one take a file back, takes files that are dropped,
// and says at once when one is larger than data-limit-mb of the input. On a telephone [data-camera] offers the camera. Large photos
// are made smaller before they are sent. The server checks again; this only saves the person a wait.
(() => {
  const LARGE = 2 * 1048576; // bytes; below it a photo is sent as it is
  const LONGEST = 2560; // pixels of the longer side: enough to read a small print
  const size = (bytes) =>
    bytes < 1048576 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1048576).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 })} MB`;

  const picture = (file) => {
    if (!/^image\/(png|jpeg|gif|webp)$/.test(file.type)) return document.createElement("i");
    const shown = Object.assign(document.createElement("img"), { alt: "", src: URL.createObjectURL(file) });
    const forget = () => URL.revokeObjectURL(shown.src);
    shown.addEventListener("load", forget);
    shown.addEventListener("error", forget);
    return shown;
  };

  const put = (input, files) => {
    const all = new DataTransfer();
    files.forEach((file) => all.items.add(file));
    input.files = all.files;
  };

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
      put(input, [...input.files].filter((_other, at) => at !== index));
      draw(zone, input, list);
      input.focus();
    });
    line.append(picture(file), words, drop);
    return line;
  };

  const draw = (zone, input, list) => {
    list.replaceChildren(...[...input.files].map((file, index) => row(file, index, zone, input, list)));
    list.hidden = !input.files.length;
  };

  // A photo of the same name and fewer bytes; the file itself where it is small, no photo, or cannot be read here.
  const smaller = async (file) => {
    if (file.size < LARGE || !/^image\/(jpeg|png|webp)$/.test(file.type)) return file;
    try {
      const read = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, LONGEST / Math.max(read.width, read.height));
      const canvas = Object.assign(document.createElement("canvas"), { width: Math.round(read.width * scale), height: Math.round(read.height * scale) });
      canvas.getContext("2d").drawImage(read, 0, 0, canvas.width, canvas.height);
      read.close();
      const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
      return made && made.size < file.size ? new File([made], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" }) : file;
    } catch {
      return file;
    }
  };

  const bind = (zone) => {
    const input = zone.querySelector("input[type=file][name]");
    if (!input || zone.dataset.bound) return;
    zone.dataset.bound = "yes";
    const list = Object.assign(document.createElement("ul"), { className: "files", hidden: true });
    list.setAttribute("aria-live", "polite");
    zone.append(list);
    const take = async (files) => {
      put(input, files);
      draw(zone, input, list);
      const made = await Promise.all(files.map(smaller));
      const same = input.files.length === files.length && files.every((file, at) => input.files[at].name === file.name);
      if (!same || made.every((file, at) => file === files[at])) return;
      put(input, made);
      draw(zone, input, list);
    };
    const add = (files) => take(input.multiple ? [...input.files, ...files] : [...files].slice(0, 1));
    input.addEventListener("change", () => take([...input.files]));
    ["dragenter", "dragover"].forEach((kind) => zone.addEventListener(kind, (event) => { event.preventDefault(); zone.classList.add("over"); }));
    ["dragleave", "drop"].forEach((kind) => zone.addEventListener(kind, () => zone.classList.remove("over")));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      add(event.dataTransfer.files);
    });
    const camera = zone.querySelector("[data-camera]");
    if (!camera || !matchMedia("(pointer: coarse)").matches) return;
    const lens = camera.querySelector("input");
    camera.hidden = false;
    lens.addEventListener("change", () => {
      add([...lens.files]);
      lens.value = "";
    });
  };

  const start = () => document.querySelectorAll("[data-upload]").forEach(bind);
  start();
  document.addEventListener("htmx:afterSettle", start);
})();
