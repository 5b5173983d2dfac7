// [data-signature]: a canvas to draw on, into a hidden input as a PNG. Typing the name is enough without it.
(() => {
  const bind = (pad) => {
    const canvas = pad.querySelector("canvas");
    const value = pad.querySelector("[data-signature-value]");
    const state = pad.querySelector("[data-signature-state]");
    pad.querySelector("[data-signature-area]").hidden = false;
    const drawing = new window.SignaturePad(canvas, { penColor: "#12332c", minWidth: 0.9, maxWidth: 2.6 });

    const tell = () => {
      value.value = drawing.isEmpty() ? "" : drawing.toDataURL("image/png");
      state.textContent = drawing.isEmpty() ? state.dataset.empty : state.dataset.drawn;
    };
    let kept = value.value; // drawn before the form came back with a question: nobody signs twice for a mistyped code
    const again = async (ratio) => {
      if (!kept) return;
      try {
        await drawing.fromDataURL(kept, { ratio });
      } catch {
        kept = ""; // no picture after all
        drawing.clear();
      }
    };
    const fit = async () => {
      const strokes = drawing.toData();
      const ratio = Math.min(window.devicePixelRatio || 1, 2, 1400 / canvas.offsetWidth); // the server takes at most 2000 px
      canvas.width = canvas.offsetWidth * ratio;
      canvas.height = canvas.offsetHeight * ratio;
      canvas.getContext("2d").scale(ratio, ratio);
      drawing.clear();
      await again(ratio);
      drawing.fromData(strokes, { clear: false });
      tell();
    };

    drawing.addEventListener("endStroke", tell);
    pad.querySelector("[data-signature-clear]").addEventListener("click", () => {
      kept = "";
      drawing.clear();
      tell();
    });
    let width = 0;
    new ResizeObserver(() => {
      if (canvas.offsetWidth === width) return; // a phone's keyboard changes the height, not the drawing
      width = canvas.offsetWidth;
      fit();
    }).observe(canvas);
  };
  const start = () => document.querySelectorAll("[data-signature]:not([data-bound])").forEach((pad) => {
    pad.dataset.bound = "yes";
    bind(pad);
  });
  start();
  document.addEventListener("htmx:afterSettle", start);
})();
