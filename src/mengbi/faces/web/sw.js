// Keeps the page and what was seen of the gallery, so that both are there without the server. What the server says
// counts; what is kept here is shown only where it does not answer.
const SHELL = "mengbi-shell-1";
const SEEN = "mengbi-seen-1"; // small pictures, which never change
const LARGE = "mengbi-large-1"; // large pictures
const TOLD = "mengbi-told-1"; // what the API said last
const MOST = { [SEEN]: 3000, [LARGE]: 60, [TOLD]: 300 };
const PATIENCE = 4000;
const FILES = [
  "./", "manifest.webmanifest", "icons/icon.svg", "icons/icon-192.png", "fonts/display.woff", "fonts/kai.woff",
  "locales/en.json", "locales/zh.json",
  ...["base", "parts", "create", "picture", "gallery", "lab", "avatar"].map((name) => `css/${name}.css`),
  ...["preact", "preact-hooks", "htm", "signals", "signals-core"].map((name) => `vendor/${name}.mjs`),
  ...[
    "actions", "album", "api", "avatar", "choosing", "compare", "create", "crossing", "doodle", "draft", "drawer", "drop", "easel",
    "events", "faces", "family", "filters", "first", "forming", "gallery", "house", "i18n", "icons", "inspire", "jobs", "kept",
    "lab", "layout", "lib", "main", "outbox", "photo", "picture", "portrait", "purposes", "route", "settings", "strokes",
    "styles", "swipe", "ui", "work",
  ].map((name) => `js/${name}.js`),
];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const mine = [SHELL, ...Object.keys(MOST)];
  const clear = async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith("mengbi-") && !mine.includes(name));
    for (const name of old) await caches.delete(name);
    await self.clients.claim();
  };
  event.waitUntil(clear());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const place = new URL(request.url);
  if (request.method !== "GET" || place.origin !== location.origin) return;
  const path = place.pathname.slice(new URL("./", location.href).pathname.length);
  const answer = how(path, place.search);
  if (answer) event.respondWith(answer(request));
});

/** How a path is answered; null: by the server alone. */
function how(path, search) {
  if (/^api\/v1\/(pictures\/\d+\/(thumb|steps\/\w+)|styles\/[^/]+\/thumbnail|sources\/\w+)$/.test(path)) return kept(SEEN);
  if (/^api\/v1\/pictures\/\d+\/file$/.test(path)) return search ? null : kept(LARGE);
  if (/^api\/v1\/(me|options|collections|traits|trainings|jobs(\/\d+)?|pictures(\/\d+(\/steps)?)?)$/.test(path)) return asked(TOLD);
  if (/^(api\/|v1\/|sdapi\/|login\.html|metrics|healthz|readyz|openapi\.json|docs)/.test(path)) return null;
  return asked(SHELL);
}

/** What never changes is asked for once. */
const kept = (name) => async (request) => {
  const cache = await caches.open(name);
  return (await cache.match(request)) ?? keep(cache, name, request, await fetch(request));
};

/** The server is asked, and what it said before stands in for it. */
const asked = (name) => async (request) => {
  const cache = await caches.open(name);
  const before = await cache.match(request);
  try {
    const late = before && new Promise((_, give) => setTimeout(() => give(new Error("late")), PATIENCE));
    return keep(cache, name, request, await Promise.race([fetch(request), late].filter(Boolean)));
  } catch (error) {
    if (before) return before;
    throw error;
  }
};

function keep(cache, name, request, response) {
  if (response.status === 200 && response.type === "basic") {
    cache.put(request, response.clone()).then(() => trim(cache, MOST[name]), () => {}); // a full disk keeps nothing
  }
  return response;
}

/** Lets the oldest go. Now and then is enough. */
async function trim(cache, most) {
  if (!most || Math.random() > 0.02) return;
  const all = await cache.keys();
  for (const request of all.slice(0, Math.max(0, all.length - most))) await cache.delete(request);
}
