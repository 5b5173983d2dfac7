// Two people of IT who answer at once see each other: [data-presence] says every 15 seconds that this page is open, and at
// once when somebody begins to write. A page that nobody looks at says nothing.
(() => {
  const box = document.querySelector("[data-presence]");
  if (!box) return;
  const EVERY = 15000;
  const PAUSE = 20000; // after so long without a key nobody is writing
  let typedAt = 0;

  const say = () => {
    if (document.visibilityState !== "visible") return;
    const mark = box.querySelector("[data-writing]");
    if (mark) mark.value = Date.now() - typedAt < PAUSE ? "1" : "";
    box.dispatchEvent(new Event("here"));
  };

  setInterval(say, EVERY);
  document.addEventListener("visibilitychange", say);
  document.addEventListener("input", (event) => {
    if (!event.target.matches("form[data-keep^='answer-'] textarea")) return;
    const began = Date.now() - typedAt >= PAUSE;
    typedAt = Date.now();
    if (began) say();
  });
})();
