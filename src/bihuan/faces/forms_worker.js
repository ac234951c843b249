// Opens forms without a connection: the newest blank form and what it needs are kept, the network always comes first.
// A page with somebody's words says `no-store` and is never kept.
const ROOM = "bihuan-forms-1";
const KEPT = /^\/(forms\/|static\/|icon\.svg)/;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin || !KEPT.test(url.pathname)) return;
  event.respondWith(answer(event.request));
});

async function answer(request) {
  const room = await caches.open(ROOM);
  try {
    const fresh = await fetch(request);
    const rule = fresh.headers.get("Cache-Control") ?? "";
    if (fresh.ok && !fresh.redirected && !rule.includes("no-store")) await room.put(request, fresh.clone());
    return fresh;
  } catch (error) {
    const kept = await room.match(request);
    if (kept) return kept;
    throw error;
  }
}
