// Menus are <details data-menu>: they close on Escape, on a click elsewhere and when the focus leaves.
(() => {
  const open = () => document.querySelectorAll("details[data-menu][open]");
  const shut = (menu) => menu.removeAttribute("open");
  document.addEventListener("click", (event) => open().forEach((menu) => menu.contains(event.target) || shut(menu)));
  document.addEventListener("focusin", (event) => open().forEach((menu) => menu.contains(event.target) || shut(menu)));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    open().forEach((menu) => {
      shut(menu);
      menu.querySelector("summary").focus();
    });
  });
})();
