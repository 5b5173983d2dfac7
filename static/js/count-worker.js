// Keeps the page on which one counts, and what it is drawn with, so that a telephone without reception opens it again. Whenever
// the server answers, its answer counts; of other pages nothing is kept. Signing out forgets it (static/js/keep.js).
const KEPT = "kumala-counts";
const isCount = (url) => /^\/assets\/counts\/\d+\/count\/$/.test(url.pathname);

const freshest = async (request) => {
  const kept = await caches.open(KEPT);
  try {
    const answer = await fetch(request);
    if (answer.ok && !answer.redirected) await kept.put(request, answer.clone());
    return answer;
  } catch (problem) {
    const known = await kept.match(request, { ignoreSearch: request.mode === "navigate", ignoreVary: true });
    if (known) return known;
    throw problem;
  }
};

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate" ? isCount(url) : url.pathname.startsWith("/static/")) event.respondWith(freshest(request));
});
