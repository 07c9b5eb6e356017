/* Live: keeps the containers of a page current, and says how current they are.
   Beside unmodified htmx and hx-ws, which own the socket and the swaps; clinical writes never go over it.
   Tells: data-live and data-confirmed on <html>; ward:freshness, ward:applied (topic, ids) on document. */
"use strict";
{
  const BLANKED = { 4401: "over", 4403: "rights", 4409: "build", 4429: "abuse" };
  const RETRIED = [1001, 1005, 1006, 1011, 1012, 1013, 1014]; // hx-ws comes back by itself
  const QUIET = 5000, DOUBT = 2000, POLL_AFTER = 15000, POLL_EVERY = 5000, HIDDEN = 60000;
  const ACK_EVERY = 15000, SAMPLE_EVERY = 10000, SNAP_EVERY = 1000, TICK = 500;

  const root = document.documentElement;
  const steady = () => performance.now();
  const element = () => document.getElementById("live");
  const containers = () => [...document.querySelectorAll("[data-topic][data-rev]")];
  const container = (topic) => containers().find((one) => one.dataset.topic === topic);
  const shown = ({ dataset }) => ({ epoch: dataset.epoch || "", rev: Number(dataset.rev) || 0 });

  let link = null; // hx-ws's connection
  let asleep = false; // closed by ourselves while hidden
  let over = ""; // why nothing more will come
  let unsure = false; // time has jumped or passed unseen: nothing is confirmed
  let confirmedAt = performance.getEntriesByType("navigation")[0]?.responseStart ?? steady();
  let heardAt = steady(), lostAt = steady(), polledAt = 0, ackedAt = steady(), snappedAt = 0, hiddenAt = 0;
  let wall = Date.now(), tickedAt = steady(), state = "", ackTimer = 0, sleepTimer = 0, arriving = null;
  const subscribed = new Set(), doubted = new Set(), answered = new Map(), etags = new Map();
  const hooks = (window.wardLive = { applied: [], get state() { return state; }, get link() { return link; } });

  const open = () => link?.socket?.readyState === WebSocket.OPEN;
  const send = (message) => open() && link.socket.send(JSON.stringify(message));

  /* What we watch. */
  function subscribe() {
    if (!open()) return;
    const wanted = containers().filter((one) => !one.dataset.gone);
    const here = new Map(wanted.map((one) => [one.dataset.topic, one]));
    const gone = [...subscribed].filter((topic) => !here.has(topic));
    const fresh = [...here.keys()].filter((topic) => !subscribed.has(topic));
    if (gone.length) send({ op: "unsub", topics: gone });
    gone.forEach((topic) => subscribed.delete(topic) && doubted.delete(topic));
    if (!fresh.length) return;
    fresh.forEach((topic) => subscribed.add(topic));
    const claim = (one) => [one.dataset.epoch || null, shown(one).rev, one.dataset.view || null];
    send({ op: "sub", topics: Object.fromEntries(fresh.map((topic) => [topic, claim(here.get(topic))])) });
  }
  function snap(topic) {
    doubted.add(topic);
    if (steady() - snappedAt < SNAP_EVERY || !open()) return; // the tick asks later
    snappedAt = steady();
    send({ op: "snap", topics: [...doubted] });
  }
  function ack(fresh) {
    clearTimeout(ackTimer);
    ackTimer = 0;
    ackedAt = steady();
    const topics = Object.fromEntries(containers().map((one) => [one.dataset.topic, shown(one).rev]));
    send({ op: "ack", topics, hidden: document.hidden, fresh });
  }

  /* Gate, apply, advance. */
  function admits(frame) {
    const here = container(frame.t);
    if (!here) return false;
    const verdict = wardGate.judge(shown(here), frame);
    const there = (id) => document.getElementById(id);
    const fits = frame.p === 0 || (frame.v === here.dataset.view && frame.k.every(there));
    if (verdict === "snap" || (verdict === "apply" && !fits)) snap(frame.t);
    return verdict === "apply" && fits;
  }
  function advance(frame) {
    const here = container(frame.t);
    if (!here || wardGate.judge(shown(here), frame) !== "apply") return;
    Object.assign(here.dataset, { rev: frame.r, epoch: frame.e, view: frame.v });
    delete here.dataset.gone;
    const answer = answered.get(frame.t);
    if (frame.p === 0) doubted.delete(frame.t);
    if (answer <= frame.r) answered.delete(frame.t);
    // An answer was drawn at a revision this frame leapt over: what it showed may have changed back.
    if (frame.p !== 0 && frame.p < answer && answer < frame.r) snap(frame.t);
    hooks.applied.push({ topic: frame.t, epoch: frame.e, rev: frame.r, at: steady() });
    if (hooks.applied.length > 1000) hooks.applied.shift();
    const detail = { topic: frame.t, ids: frame.k, rev: frame.r, whole: frame.p === 0 };
    document.dispatchEvent(new CustomEvent("ward:applied", { detail }));
    if (frame.p === 0) ackTimer ||= setTimeout(ack, 200);
    else if (steady() - ackedAt > SAMPLE_EVERY) ack(frame.t);
  }
  function blank(here, why) {
    here.replaceChildren();
    Object.assign(here.dataset, { rev: "0", epoch: "", gone: why });
  }
  function end(code) {
    over = BLANKED[code];
    containers().forEach((one) => blank(one, over));
    if (code === 4403) later(() => ((over = ""), revive())); // see what the new rights show
  }

  /* What the socket says. */
  function hear(message) {
    if (message.op === "hb") {
      unsure = false;
      if (doubted.size) snap([...doubted][0]);
      else confirm(message.age * 1000);
    } else if (message.op === "gone") {
      subscribed.delete(message.t);
      doubted.delete(message.t);
      const here = container(message.t);
      if (here) blank(here, message.why);
    }
  }
  document.addEventListener("htmx:ws:before:message:incoming", ({ detail }) => {
    heardAt = steady();
    arriving = null;
    let message = null;
    try {
      message = JSON.parse(detail.message.data);
    } catch { /* only ever our own JSON: anything else is dropped */ }
    if (message?.t && message.op === undefined && admits(message)) arriving = message;
    else detail.cancelled = true;
    if (message?.op) hear(message);
  });
  document.addEventListener("htmx:ws:after:message:incoming", () => {
    if (arriving) advance(arriving);
    arriving = null;
  });
  document.addEventListener("htmx:ws:error", () => {
    if (arriving) snap(arriving.t);
    arriving = null;
  });

  /* The socket's life. */
  const later = (act) => setTimeout(act, 1000 + 2000 * Math.random());
  document.addEventListener("htmx:ws:before:connection", (event) => {
    link = event.detail.connection;
    heardAt = steady();
    if (over || asleep) event.preventDefault();
  });
  document.addEventListener("htmx:ws:after:connection", ({ detail }) => joined(detail.connection));
  function joined(connection) {
    link = connection;
    clearTimeout(link.timer); // hide and show during a back-off would connect twice
    heardAt = steady();
    arriving = null;
    subscribed.clear();
    containers().forEach((one) => delete one.dataset.gone); // asked once per connection
    subscribe();
    if (document.hidden) hide();
  }
  /* htmx begins as soon as its own file is there. Where hx-ws came later nothing was connected, and
     where we came later we heard nothing of it. */
  setTimeout(() => {
    if (link || !element()) return;
    link = element()._htmx?.ws?.connection || null;
    if (!link) revive();
    else if (open()) joined(link);
  });
  document.addEventListener("htmx:ws:close", ({ detail }) => {
    subscribed.clear();
    lostAt = Math.min(lostAt, steady());
    if (!RETRIED.includes(detail.code)) {
      link = null; // hx-ws is done with it
      if (detail.code in BLANKED) end(detail.code);
      else if (detail.code && detail.code !== 1000) later(revive);
    }
    publish();
  });
  function revive() {
    if (over || open()) return;
    asleep = false;
    heardAt = steady();
    if (link) {
      clearTimeout(link.timer);
      link.abortController?.abort();
      link.socket?.close(1000);
      link = null;
    }
    const old = element();
    const fresh = old.cloneNode(false); // hx-ws never connects an element twice
    fresh.removeAttribute("data-htmx-powered");
    old.replaceWith(fresh);
    htmx.process(fresh);
  }
  function force() {
    heardAt = steady();
    if (over || !element()) return;
    if (!link?.socket || asleep) {
      revive();
      return;
    }
    clearTimeout(link.timer);
    link.attempt = 0;
    // hx-ws waits for a close event, which a dead path delivers after a minute: hand it one.
    link.socket.dispatchEvent(new CloseEvent("close", { code: 1006 }));
  }
  function doubt() {
    if (over) return;
    unsure = true;
    const since = steady();
    if (open()) {
      send({ op: "sub", topics: {} }); // the node answers with its heartbeat
      setTimeout(() => heardAt < since && force(), DOUBT);
    } else force();
    publish();
  }
  function hide() {
    hiddenAt = hiddenAt || steady();
    clearTimeout(sleepTimer);
    if (element()?.hasAttribute("data-stay")) return; // alarm roles, wallboards, pinned stations
    sleepTimer = setTimeout(() => {
      if (!document.hidden) return;
      asleep = true;
      if (open()) link.socket.close(1000, "hidden");
    }, HIDDEN);
  }
  function appear() {
    clearTimeout(sleepTimer);
    const away = hiddenAt && steady() - hiddenAt;
    hiddenAt = 0;
    if (away > DOUBT || asleep) doubt();
  }
  document.addEventListener("visibilitychange", () => (document.hidden ? hide() : appear()));
  window.addEventListener("pageshow", (event) => event.persisted && doubt());
  window.addEventListener("online", doubt);
  window.addEventListener("offline", () => publish());

  /* Answers to posts: never over something newer, and never a step of the revision. */
  document.addEventListener("htmx:before:swap", ({ detail: { ctx, tasks } }) => {
    const told = ctx.response?.headers?.get("Ward-Revs");
    if (!told) return;
    const revs = new Map(told.trim().split(/[\s,]+/).map((pair) => pair.split("=")));
    for (const task of [...tasks]) {
      const target = typeof task.target === "string" ? document.querySelector(task.target) : task.target;
      const here = target?.closest?.("[data-topic][data-rev]");
      const rev = Number(here && revs.get(here.dataset.topic));
      if (!rev) continue;
      if (rev <= shown(here).rev) tasks.splice(tasks.indexOf(task), 1);
      else answered.set(here.dataset.topic, Math.max(rev, answered.get(here.dataset.topic) || 0));
    }
  });
  document.addEventListener("htmx:after:swap", () => queueMicrotask(subscribe));

  /* Without a socket: ask now and then, through the same gate. */
  async function poll() {
    polledAt = steady();
    const asked = steady();
    const answers = await Promise.all(containers().map((one) => ask(one).catch(() => false)));
    if (!open() && answers.every(Boolean)) confirm(steady() - asked);
  }
  async function ask(here) {
    const topic = here.dataset.topic;
    const known = etags.get(topic);
    const headers = known && known.rev === here.dataset.rev ? { "If-None-Match": known.etag } : {};
    const url = element().getAttribute("hx-ws:connect").replace("/live", `/live/${topic}`);
    const answer = await fetch(url, { headers, cache: "no-store", signal: AbortSignal.timeout(4000) });
    if (answer.status === 401) end(4401);
    if (answer.status === 403 || answer.status === 404) blank(here, "forbidden");
    if (answer.status === 304) return true;
    if (!answer.ok) return false;
    const frame = await answer.json();
    if (open() || !admits(frame)) return false;
    await htmx.swap({ sourceElement: element(), target: element(), swap: "none", text: frame.content });
    advance(frame);
    etags.set(topic, { etag: answer.headers.get("ETag"), rev: here.dataset.rev });
    return true;
  }

  /* How current the page is. */
  function confirm(age) {
    confirmedAt = steady() - age;
    unsure = false;
    if (open()) lostAt = Infinity;
    publish(true);
  }
  function judge() {
    const age = steady() - confirmedAt;
    if (over) return "over";
    if (!navigator.onLine) return "offline";
    if (unsure || age > 20000) return "stale";
    if (age > QUIET) return "reconnecting";
    return age > 3000 || doubted.size ? "catching" : "live";
  }
  function publish(always) {
    const now = judge();
    const confirmed = String(Math.round(Date.now() - (steady() - confirmedAt)));
    if (!always && now === state) return;
    state = now;
    root.dataset.live = now;
    if (!unsure) root.dataset.confirmed = confirmed;
    document.dispatchEvent(new CustomEvent("ward:freshness", { detail: { state, confirmed: Number(confirmed) } }));
  }
  function tick() {
    const now = steady();
    const slept = now - tickedAt, jumped = Math.abs(Date.now() - wall - slept);
    wall = Date.now();
    tickedAt = now;
    if (jumped > QUIET || (slept > QUIET && !document.hidden)) doubt();
    if (!document.hidden && !over) {
      if (now - heardAt > QUIET) force();
      if (lostAt === Infinity && !open()) lostAt = now;
      if (!open() && now - lostAt > POLL_AFTER && now - polledAt > POLL_EVERY) poll();
    }
    subscribe();
    if (doubted.size) snap([...doubted][0]);
    if (open() && now - ackedAt > ACK_EVERY) ack();
    publish();
  }
  setInterval(tick, TICK);
  publish(true);
}
