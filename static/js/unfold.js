// A link to a folded part (#refuse) opens it, and the eye and the reader go there. Without JavaScript the link leads to its heading.
(() => {
  const open = () => {
    const part = location.hash.length > 1 ? document.getElementById(location.hash.slice(1)) : null;
    const fold = part?.closest("details");
    if (!fold) return;
    fold.open = true;
    fold.scrollIntoView({ block: "start" });
    fold.querySelector("summary").focus({ preventScroll: true });
  };
  window.addEventListener("hashchange", open);
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#"]');
    if (link && link.hash === location.hash) open(); // pressed again
  });
  open();
})();
