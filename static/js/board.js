// [data-board]: cards are taken by their grip and put into another column, by mouse, pen or finger. Where the card may go is what its
// buttons say; dropping it presses the button, and the server decides. After a refusal the card is where it was, and the sentence is read.
(() => {
  const START = 6; // pixels before a press becomes a drag
  const toast = (text) => document.dispatchEvent(new CustomEvent("toast", { detail: { value: text } }));
  const lanesAt = (board, x, y) => [...board.querySelectorAll("[data-lane]")].find((lane) => {
    const box = lane.getBoundingClientRect();
    return x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
  });

  // What a button to that column would say, for a card whose server explains every refusal.
  const anywhere = (card, lane) => ({ form: document.getElementById("move"), name: "move", value: `${card.dataset.key}:${lane}`, dataset: { to: lane } });

  const ask = async (board, card, button) => {
    const form = button.form;
    const sent = new FormData(form);
    sent.set(button.name, button.value);
    card.classList.add("asking");
    try {
      const answer = await fetch(form.action, { method: "POST", body: sent, headers: { Accept: "application/json" } });
      const said = await answer.json();
      if (said.go) location.assign(said.go);
      else if (said.refused) toast(said.refused);
      else {
        document.querySelector(`[data-lane="${button.dataset.to}"] .lane-cards`)?.prepend(card);
        window.htmx.trigger(board, "renew");
      }
    } catch {
      toast(board.dataset.failed);
    }
    card.classList.remove("asking");
  };

  const drag = (board, card, press) => {
    let ghost = null;
    let over = null;
    const box = card.getBoundingClientRect();
    const follow = (event) => {
      if (!ghost) {
        if (Math.hypot(event.clientX - press.clientX, event.clientY - press.clientY) < START) return;
        ghost = card.cloneNode(true);
        ghost.removeAttribute("id");
        ghost.classList.add("dragged");
        ghost.style.inlineSize = `${box.width}px`;
        document.body.append(ghost);
        card.classList.add("left-behind");
        board.setAttribute("data-held", "");
      }
      ghost.style.left = `${box.left + event.clientX - press.clientX}px`;
      ghost.style.top = `${box.top + event.clientY - press.clientY}px`;
      const edge = board.getBoundingClientRect();
      if (event.clientX > edge.right - 32) board.scrollLeft += 12;
      if (event.clientX < edge.left + 32) board.scrollLeft -= 12;
      const lane = lanesAt(board, event.clientX, event.clientY);
      if (lane === over) return;
      over?.classList.remove("over");
      over = lane ?? null;
      over?.classList.add("over");
    };
    const end = (event) => {
      removeEventListener("pointermove", follow);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
      removeEventListener("keydown", escape);
      over?.classList.remove("over");
      card.classList.remove("left-behind");
      board.removeAttribute("data-held");
      if (!ghost) return;
      ghost.remove();
      if (event.type !== "pointerup" || !over || over.contains(card)) return;
      const button = card.querySelector(`[data-to="${over.dataset.lane}"]`);
      if (button) ask(board, card, button);
      else if (card.dataset.key) ask(board, card, anywhere(card, over.dataset.lane));
      else toast(board.dataset.nowhere);
    };
    const escape = (event) => event.key === "Escape" && end(event);
    addEventListener("pointermove", follow);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
    addEventListener("keydown", escape);
  };

  const ready = () => document.querySelectorAll("[data-board]").forEach((board) => board.setAttribute("data-board-ready", ""));
  document.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest?.("[data-grip]");
    if (!grip || event.button !== 0) return;
    event.preventDefault();
    drag(grip.closest("[data-board]"), grip.closest("[data-card]"), event);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-board] [data-to]");
    if (!button) return;
    event.preventDefault();
    ask(button.closest("[data-board]"), button.closest("[data-card]"), button);
  });
  ready();
  document.addEventListener("htmx:afterSettle", ready);
})();
