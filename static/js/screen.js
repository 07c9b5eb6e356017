/* Screen: what draws in the page: how fresh it is, ages, marks of change, speech. */
"use strict";
{
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const words = byId("words").dataset;
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const clock = (at, length = 5) => at.toTimeString().slice(0, length);
  const given = Date.parse(document.body.dataset.now);
  const ahead = given ? given - Date.now() : 0; // how far the server's clock is ahead of this device's
  const now = () => Date.now() + ahead;
  const ward = (window.ward = { words, fill, clock, now, dressers: [], late: [], said: [] });

  /* Ages: whole numbers, no zero units, two units at most. */
  function age(ms) {
    const minutes = Math.max(0, Math.floor(ms / 60_000));
    const days = Math.floor(minutes / 1440);
    const hours = Math.floor(minutes / 60);
    if (days >= 2) return `${days}d`;
    const rest = minutes % 60;
    return hours ? `${hours}h${rest && hours < 24 ? ` ${rest}min` : ""}` : `${minutes}min`;
  }
  function ages(within) {
    for (const time of within.querySelectorAll("time[data-at]")) {
      const ms = now() - Date.parse(time.dataset.at);
      const text = ms >= 0 ? age(ms) : time.textContent;
      if (time.textContent !== text) time.textContent = text;
    }
  }

  /* Mine: frames are the same for everybody; whose work something is, the page itself marks. */
  const me = document.body.dataset.user;
  function mine(within) {
    for (const one of within.querySelectorAll("[data-for]")) one.toggleAttribute("data-ui-mine", one.dataset.for.split(" ").includes(me));
  }

  /* Freshness: the pill, the banner, and whether anything may be recorded. */
  let live = "";
  const unable = () => live === "offline" || live === "over";
  function fresh() {
    const state = root.dataset.live || "live";
    const seen = new Date(Number(root.dataset.confirmed) || Date.now());
    const behind = state === "stale" || state === "reconnecting";
    const pill = byId("pill");
    if (state !== live) {
      live = state;
      pill.firstElementChild.textContent = words[state];
      pill.querySelector("small")?.remove();
      if (behind) {
        const small = document.createElement("small");
        small.textContent = ` ${fill(words.confirmed, { time: clock(seen, 8) })}`;
        pill.firstElementChild.append(small);
      }
      able(document);
      if (state === "live") delete root.dataset.uiChecked;
    }
    const banner = byId("stale");
    banner.hidden = !(state === "stale" || unable());
    if (banner.hidden) return;
    const text = banner.querySelector("span");
    const ago = Date.now() - seen;
    const since = fill(words.outOfDate, { time: clock(seen), age: ago < 60_000 ? `${Math.round(ago / 1000)} s` : age(ago) });
    const strong = document.createElement("b");
    strong.textContent = state === "over" ? words.signIn : since;
    text.replaceChildren(strong, state === "offline" ? ` ${words.noConnection}` : "");
  }
  function able(within) {
    for (const button of within.querySelectorAll("[data-records] button[type=submit], [data-records] .btn, button[data-records]")) {
      if (unable() && !button.disabled) {
        button.disabled = true;
        button.dataset.uiOff = "";
      } else if (!unable() && "uiOff" in button.dataset) {
        button.disabled = false;
        delete button.dataset.uiOff;
      }
    }
  }
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-records]") || (live !== "stale" && !unable())) return;
    if (live === "stale" && "uiChecked" in root.dataset) return; // looked again, pressed again
    event.preventDefault();
    event.stopImmediatePropagation();
    if (live === "stale") root.dataset.uiChecked = "";
    ward.refuse?.(live === "stale" ? words.checkAgain : words.noConnection);
  }, true);
  document.addEventListener("htmx:before:request", (event) => {
    const { ctx } = event.detail;
    ctx.records = ctx.request.method !== "GET" && !ctx.asks && ctx.sourceElement.closest("[data-records]");
    if (!unable()) return;
    event.preventDefault();
    ward.refuse?.(live === "over" ? words.signIn : words.noConnection);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-opens]")) {
      event.preventDefault();
      ward.palette();
    }
  });

  /* Marks: what another person's change altered gets a ring and its time for a minute. */
  const MARKED = "[id][data-say]";
  const sent = new Map();
  const plain = (element) => element.outerHTML.replace(/ data-(htmx-powered|ui-[\w-]+)="[^"]*"/g, "");
  const remember = (element) => {
    const was = sent.get(element.id);
    const is = plain(element);
    sent.set(element.id, is);
    return was !== undefined && was !== is;
  };
  function mark(id) {
    const element = byId(id);
    if (!element) return;
    element.setAttribute("data-ui-changed", fill(words.changed, { time: clock(new Date(now())) }));
    clearTimeout(mark[id]);
    mark[id] = setTimeout(() => element.removeAttribute("data-ui-changed"), 60_000);
  }

  /* Swaps: what comes in is dressed before it is shown, so that nothing flickers or jumps. */
  const changes = new WeakMap();
  document.addEventListener("htmx:before:swap", (event) => {
    if (event.defaultPrevented) return;
    const { ctx, tasks } = event.detail;
    const altered = [];
    for (const task of tasks) {
      for (const element of task.fragment.querySelectorAll(MARKED)) {
        const shown = byId(element.id);
        if (remember(element) && !ctx.request) altered.push(element.id);
        if (ctx.request || !shown) continue;
        if (shown.dataset.say !== element.dataset.say) (ward.say || ((text) => ward.said.push(text)))(element.dataset.say);
        const loud = element.dataset.shout;
        if (loud && shown.dataset.shout !== loud) byId("shout").textContent = loud;
      }
      ages(task.fragment);
      mine(task.fragment);
      able(task.fragment);
      for (const dress of ward.dressers) dress(task, ctx);
    }
    changes.set(ctx, altered);
  });
  document.addEventListener("htmx:after:swap", (event) => {
    const { ctx } = event.detail;
    for (const id of changes.get(ctx) || []) mark(id);
    ages(document);
    mine(document);
    document.dispatchEvent(new CustomEvent("ward:drawn"));
  });

  document.addEventListener("htmx:finally:request", (event) => ward.late?.push(event)); // until sheet.js is there

  /* Hands: what answers to a press is fetched at the first one, or when the page has settled. */
  const script = (ward.script = (name) => document.head.append(Object.assign(document.createElement("script"), { src: source.replace(/screen(?=\.js)/, name), async: false })));
  const source = document.currentScript.src;
  ward.palette = () => byId("palette").open || byId("palette").showModal();
  function hands(event) {
    if ((event.ctrlKey || event.metaKey) && event.code === "KeyK") {
      event.preventDefault();
      ward.palette();
    }
    if (!ward.hands) script("sheet");
    if (!ward.hands && byId("bells")) script("alerts");
    ward.hands = true;
  }
  for (const kind of ["pointerover", "keydown", "focusin"]) document.addEventListener(kind, hands);
  setTimeout(hands, 1000, {});

  document.querySelectorAll(MARKED).forEach(remember);
  ages(document);
  mine(document);
  fresh();
  document.addEventListener("ward:freshness", fresh);
  setInterval(ages, 10_000, document);
  setInterval(fresh, 1000);
}
