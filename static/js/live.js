// [data-live]: a part of the page that renews itself. It asks every 20 seconds while the page is looked at, and the server answers
// "the same as before" (304) or the whole part, of which only what changed is touched: focus, scrolling and open details stay.
// While somebody types, selects or drags in it, it waits.
(() => {
  const EVERY = 20000;
  const marks = new WeakMap(); // the mark (ETag) of what each part shows
  let ended = false; // the visit, not the page
  const regions = () => document.querySelectorAll("[data-live]");

  const busy = (region) => {
    const at = document.activeElement;
    const writes = at && region.contains(at) && at.matches("input:not([type=checkbox]):not([type=radio]), textarea, select");
    const selection = document.getSelection();
    const selects = selection && !selection.isCollapsed && region.contains(selection.anchorNode);
    return writes || selects || region.hasAttribute("data-held") || region.querySelector(".htmx-request") !== null;
  };

  const renew = () => {
    if (ended || document.visibilityState !== "visible" || !navigator.onLine) return;
    regions().forEach((region) => busy(region) || window.htmx.trigger(region, "renew"));
  };

  const keepsItsState = (name, node) =>
    (name === "open" && node.tagName === "DETAILS") || (name === "data-bound" || name === "data-kept" || name === "data-board-ready");
  const callbacks = {
    beforeAttributeUpdated: (name, node, change) => !(change === "remove" && keepsItsState(name, node)),
    beforeNodeMorphed: (node) => !(node.matches?.("input, select, textarea")), // what was ticked or chosen stays
  };

  window.htmx.defineExtension("live", {
    isInlineSwap: (style) => style === "renew",
    handleSwap: (style, target, fragment) => {
      if (style !== "renew") return false;
      const fresh = fragment.querySelector(`[id="${target.id}"]`);
      if (!fresh || busy(target)) return [];
      window.Idiomorph.morph(target, fresh, { morphStyle: "outerHTML", ignoreActiveValue: true, callbacks });
      return [document.getElementById(target.id)];
    },
    onEvent: (name, event) => {
      const region = event.target;
      if (!region.matches?.("[data-live]")) return true; // what stands inside asks for itself
      if (name === "htmx:configRequest") {
        event.detail.headers["Renews-Itself"] = "yes";
        if (marks.has(region)) event.detail.headers["If-None-Match"] = marks.get(region);
      }
      if (name === "htmx:responseError" && event.detail.xhr.status === 401) ended = true; // toast.js says so, once
      if (name === "htmx:beforeSwap") {
        const answer = event.detail.xhr;
        if (answer.status === 304 || busy(region)) event.detail.shouldSwap = false;
        else if (answer.getResponseHeader("ETag")) marks.set(region, answer.getResponseHeader("ETag"));
      }
      return true;
    },
  });

  setInterval(renew, EVERY);
  let hiddenAt = 0;
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") hiddenAt = Date.now();
    else if (Date.now() - hiddenAt > EVERY) renew();
  });
  document.addEventListener("notices:changed", renew);
})();
