// Receiving with the keyboard: in [data-triage] j and k go down and up, x ticks, a, r, q and m go to the decisions. Without it the
// same boxes are ticked with the space bar.
(() => {
  const list = document.querySelector("[data-triage]");
  if (!list) return;
  const all = () => [...list.querySelectorAll("input[type=checkbox][name=ticket]")]; // the list renews itself
  const counter = document.querySelector("[data-chosen]");
  let at = -1;

  const count = () => {
    if (counter) counter.textContent = all().filter((box) => box.checked).length;
  };

  const go = (to) => {
    const boxes = all();
    if (!boxes.length) return;
    at = Math.max(0, Math.min(boxes.length - 1, to));
    boxes[at].focus();
    boxes[at].closest(".choose").scrollIntoView({ block: "nearest" });
  };

  const decide = (name) => {
    const fold = document.querySelector(`[data-decision="${name}"]`);
    if (!fold) return;
    fold.open = true;
    fold.querySelector("input:not([type=hidden]), select, textarea, button")?.focus();
  };

  const typing = (target) => target.matches("textarea, select, input:not([type=checkbox]):not([type=radio])");

  list.addEventListener("focusin", (event) => {
    const boxes = all();
    const found = boxes.indexOf(event.target);
    if (found < 0) return;
    at = found;
    boxes.forEach((box, index) => box.closest(".choose").classList.toggle("here", index === at));
  });
  list.addEventListener("change", count);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const acts = {
      j: () => go(at + 1),
      k: () => go(at - 1),
      x: () => all()[all().includes(document.activeElement) ? all().indexOf(document.activeElement) : at]?.click(),
      a: () => decide("accept"),
      r: () => decide("reject"),
      q: () => decide("ask"),
      m: () => decide("merge"),
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  });
  count();
})();
