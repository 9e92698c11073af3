// Keeps the session that was opened last, so that it opens again without a connection. Nothing else of the
// runner's pages is kept: what comes from Strava must not outlive its hour.

const CACHE = `afterrun-${new URL(location).searchParams.get("v")}`;
const SESSION = /^\/sessions\/\d+$/;
const PATIENCE_MS = 4000; // a connection that only seems to be there

addEventListener("install", () => skipWaiting());

addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
      await clients.claim();
    })(),
  );
});

addEventListener("message", (event) => {
  if (SESSION.test(event.data?.page)) event.waitUntil(keep(event.data.page, event.data.assets));
});

addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  const ours = origin === location.origin && event.request.method === "GET";
  const page = event.request.mode === "navigate" && SESSION.test(pathname);
  if (ours && (page || pathname.startsWith("/static/"))) event.respondWith(answer(event.request));
});

async function keep(page, assets) {
  const cache = await caches.open(CACHE);
  for (const kept of await cache.keys()) {
    const { pathname } = new URL(kept.url);
    if (SESSION.test(pathname) && pathname !== page) await cache.delete(kept);
  }
  for (const path of [...assets, page]) {
    // the page comes last: once it is kept, so is all that it needs
    const fresh = await fetch(path, { cache: "no-cache" });
    if (fresh.ok && !fresh.redirected) await cache.put(path, fresh);
  }
}

async function answer(request) {
  const kept = await caches.match(request, { ignoreVary: true, cacheName: CACHE });
  const fresh = fetch(request);
  if (!kept) return fresh;
  return Promise.race([fresh.catch(() => kept), new Promise((use) => setTimeout(use, PATIENCE_MS, kept))]);
}
