/* Service worker: keeps the static shell and one offline page; never a page or an answer about a patient. */
"use strict";
const SHELL = "ward-shell-1";
const KEPT = [
  "/offline",
  "/static/css/ward.css",
  "/static/css/mark.css",
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
/* A call: whom it is about stays on the ward; the words are the same for everybody. */
const CALLS = {
  alert: "An alert needs you. Open Ward.",
  test: "This is a test. Alerts on this phone work.",
};
self.addEventListener("push", (event) => {
  let kind = "alert";
  try {
    kind = event.data.json().kind === "test" ? "test" : "alert";
  } catch {
    /* what cannot be read is shown as an alert: silence would be worse */
  }
  const shown = { body: CALLS[kind], tag: `ward-${kind}`, renotify: true, requireInteraction: kind === "alert", icon: "/static/icons/ward-192.png", data: kind === "test" ? "/account" : "/alerts" };
  event.waitUntil(self.registration.showNotification("Ward", shown));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data || "/alerts"));
});
/* A page that is open elsewhere is left as it is: something may be half typed there. */
async function open(path) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = pages.find((page) => new URL(page.url).pathname === path);
  return there ? there.focus() : self.clients.openWindow(path);
}
