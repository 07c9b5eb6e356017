/* Wall: clock, pages of fifteen seconds, staleness in the largest type, a screen that stays on and does not burn in. */
"use strict";
{
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const given = Date.parse(document.body.dataset.now);
  const ahead = given ? given - Date.now() : 0;
  const now = () => new Date(Date.now() + ahead);
  const time = (at, length = 5) => at.toTimeString().slice(0, length);
  const put = (id, values) => {
    byId(id).textContent = byId(id).dataset.words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  };
  let page = 0;

  /* Rows that do not fit are shown in turn; a critical one stands on every page. */
  function turn() {
    const rows = byId("wall-rows");
    if (!rows) return;
    const all = [...rows.children];
    for (const row of all) row.removeAttribute("data-ui-off-page");
    const height = all[0]?.getBoundingClientRect().height || 1;
    const fit = Math.max(2, Math.floor(rows.clientHeight / height) * 2);
    const pinned = all.filter((row) => "pin" in row.dataset).slice(0, fit - 1);
    const others = all.filter((row) => !pinned.includes(row));
    const room = fit - pinned.length;
    const pages = Math.max(1, Math.ceil(others.length / room));
    page %= pages;
    others.forEach((row, index) => row.toggleAttribute("data-ui-off-page", Math.floor(index / room) !== page));
    if (pages > 1) put("wall-page", { n: page + 1, all: pages });
    else byId("wall-page").textContent = "";
  }
  function draw() {
    const at = now();
    const seen = new Date((Number(root.dataset.confirmed) || Date.now()) + ahead);
    byId("clock").textContent = time(at);
    put("as-of", { time: time(seen, 8) });
    const stale = ["stale", "offline", "over"].includes(root.dataset.live);
    byId("wall-stale").hidden = !stale;
    if (stale) {
      const minutes = Math.floor((at - seen) / 60_000);
      put("wall-age", { age: minutes >= 60 ? `${Math.floor(minutes / 60)}h ${minutes % 60 ? `${minutes % 60}min` : ""}`.trim() : minutes ? `${minutes}min` : `${Math.round((at - seen) / 1000)} s` });
      put("wall-last", { time: time(seen) });
    }
    root.toggleAttribute("data-ui-night", at.getHours() >= 22 || at.getHours() < 6);
    const shift = Math.floor(at.getMinutes() / 10) % 4;
    byId("main").style.transform = `translate(${shift & 1 ? 2 : 0}px, ${shift & 2 ? 2 : 0}px)`;
  }
  const awake = () => navigator.wakeLock?.request("screen").catch(() => {});
  document.addEventListener("visibilitychange", () => document.hidden || awake());
  document.addEventListener("ward:freshness", draw);
  document.addEventListener("htmx:after:swap", turn);
  addEventListener("resize", turn);
  setInterval(draw, 1000);
  setInterval(() => {
    page += 1;
    turn();
  }, 15_000);
  awake();
  draw();
  turn();
}
