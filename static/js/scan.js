// Reads codes with the camera: by the browser's own BarcodeDetector, else by jsQR. What is read goes into the field `code`
// of the form marked data-scanned, which is sent; a page that wants to do more listens for the event `scanned`.
(() => {
  const box = document.querySelector("[data-camera]");
  const form = document.querySelector("[data-scanned]");
  if (!box || !form || !navigator.mediaDevices?.getUserMedia) return;
  const video = box.querySelector("video");
  const said = box.querySelector("p");
  const canvas = document.createElement("canvas");
  const pause = 2500; // milliseconds for which a code must be out of sight before it counts again
  // The page may have come by this very code: held before the camera it is not read a second time.
  let last = form.dataset.scanned, lastAt = Date.now();

  const detector = async () => {
    if ("BarcodeDetector" in window) {
      const kinds = await BarcodeDetector.getSupportedFormats().catch(() => []);
      if (kinds.includes("qr_code")) {
        const known = new BarcodeDetector({ formats: kinds.filter((k) => ["qr_code", "code_128", "code_39", "ean_13"].includes(k)) });
        return async () => (await known.detect(video))[0]?.rawValue;
      }
    }
    return async () => {
      const scale = Math.min(1, 640 / video.videoWidth);
      canvas.width = video.videoWidth * scale;
      canvas.height = video.videoHeight * scale;
      const brush = canvas.getContext("2d", { willReadFrequently: true });
      brush.drawImage(video, 0, 0, canvas.width, canvas.height);
      const picture = brush.getImageData(0, 0, canvas.width, canvas.height);
      return window.jsQR?.(picture.data, picture.width, picture.height)?.data;
    };
  };

  const found = (code) => {
    if (!code) return;
    const still = code === last && Date.now() - lastAt < pause;
    last = code;
    lastAt = Date.now();
    if (still) return;
    navigator.vibrate?.(60);
    const field = form.elements.code;
    field.value = code;
    if (field.dispatchEvent(new CustomEvent("scanned", { bubbles: true, cancelable: true, detail: code }))) form.requestSubmit();
  };

  const watch = async () => {
    const read = await detector();
    const look = async () => {
      if (video.readyState >= 2 && !document.hidden) found(await read().catch(() => ""));
      setTimeout(look, 200);
    };
    look();
  };

  navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).then(
    (stream) => {
      box.hidden = false;
      video.srcObject = stream;
      addEventListener("pagehide", () => stream.getTracks().forEach((track) => track.stop()));
      return video.play().then(watch);
    },
    () => {
      box.hidden = false;
      video.hidden = true;
      said.textContent = box.dataset.denied;
    },
  );
})();
