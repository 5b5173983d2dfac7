// [data-mention="<address>"]: a form whose text area offers people after an @. The list stands below the field; arrows choose,
// Enter and Tab take, Escape closes, and so do a finger and a mouse. The words stay a text area for readers of the screen: its list is
// named by aria-controls, the chosen one by aria-activedescendant, and how many there are is said aloud.
(() => {
  const TYPED = /(?:^|[^\p{L}\p{N}_@./])@(\p{L}[\p{L}\p{N}'’-]*(?: [\p{L}\p{N}'’-]+){0,3}|)$/u; // as tickets/mentions.py reads it

  const ready = (slot) => {
    const field = slot.closest("form")?.querySelector("textarea[name=text]");
    if (!field) return;
    const frame = document.createElement("div");
    const list = document.createElement("ul");
    const said = document.createElement("p");
    frame.className = "mention-field";
    Object.assign(list, { id: `${field.id}-people`, className: "mention-list", hidden: true });
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", slot.dataset.label);
    said.className = "visually-hidden";
    said.setAttribute("role", "status");
    field.before(frame);
    frame.append(field, list, said);
    field.setAttribute("aria-autocomplete", "list");
    let asked = 0;
    let timer = 0;
    let nobody = ""; // what was typed when nobody was found: a longer name finds nobody either

    const options = () => [...list.querySelectorAll("[role=option]")];
    const chosen = () => list.querySelector("[aria-selected=true]");
    const typed = () => {
      const end = field.selectionStart;
      return end === field.selectionEnd ? TYPED.exec(field.value.slice(Math.max(0, end - 80), end))?.[1] : undefined;
    };

    const close = () => {
      asked += 1;
      clearTimeout(timer);
      list.hidden = true;
      list.replaceChildren();
      said.textContent = "";
      field.removeAttribute("aria-controls");
      field.removeAttribute("aria-activedescendant");
    };
    const choose = (option) => {
      chosen()?.setAttribute("aria-selected", "false");
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      field.setAttribute("aria-activedescendant", option.id);
    };
    const take = (option) => {
      const question = typed();
      const name = option.dataset.name;
      close();
      if (question === undefined) return;
      const end = field.selectionStart;
      field.setRangeText(`${name} `, end - question.length, end, "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus();
    };
    const ask = async (question) => {
      const mine = (asked += 1);
      const address = new URL(slot.dataset.mention, location.href);
      address.searchParams.set("q", question);
      const answer = await fetch(address).catch(() => null);
      const html = answer?.ok && !answer.redirected ? await answer.text() : "";
      if (mine !== asked) return;
      list.innerHTML = html;
      if (!options().length) {
        nobody = question;
        close();
        return;
      }
      list.hidden = false;
      field.setAttribute("aria-controls", list.id);
      said.textContent = `${slot.dataset.found} ${options().length}`;
      choose(options()[0]);
    };

    field.addEventListener("input", () => {
      clearTimeout(timer);
      const question = typed();
      if (question === undefined) nobody = "";
      if (question === undefined || (nobody && question.startsWith(nobody))) close();
      else timer = setTimeout(() => ask(question), 120);
    });
    field.addEventListener("keydown", (event) => {
      if (list.hidden || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      const all = options();
      const at = all.indexOf(chosen());
      const acts = {
        ArrowDown: () => choose(all[(at + 1) % all.length]),
        ArrowUp: () => choose(all[(at - 1 + all.length) % all.length]),
        Enter: () => take(all[at]),
        Tab: () => take(all[at]),
        Escape: close,
      };
      if (!acts[event.key]) return;
      event.preventDefault();
      event.stopPropagation();
      acts[event.key]();
    });
    field.addEventListener("blur", close);
    for (const press of ["pointerdown", "mousedown"]) list.addEventListener(press, (event) => event.preventDefault()); // the caret stays
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) take(option);
    });
  };

  document.querySelectorAll("[data-mention]").forEach(ready);
})();
