// Keeps the words of a promise true while the page stays open: [data-clock] holds the instant it is due.
(() => {
  const MINUTE = 60000;
  const spoken = (pill, minutes) => {
    const hours = Math.floor(minutes / 60);
    const parts = [hours && pill.dataset.hours.replace("#", hours), minutes % 60 && pill.dataset.minutes.replace("#", minutes % 60)];
    return parts.filter(Boolean).join(" ") || pill.dataset.moment;
  };

  const say = (pill) => {
    const left = Date.parse(pill.dataset.clock) - Date.now();
    const minutes = Math.floor(Math.abs(left) / MINUTE);
    if (left > 60 * MINUTE || minutes >= 24 * 60) return; // the server's "before 14:32 WIB" stays true
    const frame = left < 0 ? pill.dataset.late : pill.dataset.left;
    const text = pill.querySelector("[data-clock-text]");
    const words = frame.replace("§", spoken(pill, minutes));
    if (text.textContent !== words) text.textContent = words;
    if (left < 0) repaint(pill, "tone-brick");
    else if (left <= 30 * MINUTE) repaint(pill, "tone-brass");
  };

  const repaint = (pill, tone) => {
    pill.classList.remove("tone-sky", "tone-brass", "tone-brick");
    pill.classList.add(tone);
  };

  const all = () => document.querySelectorAll("[data-clock]").forEach(say);
  all();
  setInterval(all, 15000);
  document.addEventListener("htmx:afterSettle", all);
})();
