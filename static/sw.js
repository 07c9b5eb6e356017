/* Service worker: keeps the static shell and one offline page; never a page or an answer about a patient. */
"use strict";
const SHELL = "ward-shell-1";
const KEPT = [
  "/offline",
  "/static/css/ward.css",
  "/static/fonts/plex-sans-latin.woff2",
  "/static/icons/sprite.svg",
  "/static/icons/ward.svg",
];
self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(KEPT)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  const old = (names) => Promise.all(names.filter((name) => name !== SHELL).map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(old).then(() => self.clients.claim()));
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/static/")) {
    event.respondWith(shelf(request, url));
  } else if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match("/offline")));
  }
});
/* Files are asked for anew and only kept for the day without a network; the version in the address makes the browser's own cache safe. */
async function shelf(request, url) {
  try {
    const answer = await fetch(request);
    if (answer.ok && url.pathname !== "/static/sw.js") (await caches.open(SHELL)).put(url.pathname, answer.clone());
    return answer;
  } catch (error) {
    const kept = await caches.match(url.pathname);
    if (kept) return kept;
    throw error;
  }
}
