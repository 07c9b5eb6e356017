/* Board: order, filters and density of live lists. Another person's change never re-sorts:
   standing items keep their places, new ones wait, departed ones leave a slot. */
"use strict";
{
  const { ward } = window, { words, fill, dressers } = ward;
  const lists = (within = document) => [...within.querySelectorAll("[data-list]")];
  const root = document.documentElement;
  const url = new URL(location.href);
  const active = new Set((url.searchParams.get("show") || root.dataset.picked || "").split(",").filter(Boolean));
  delete root.dataset.picked;
  const order = {};
  let own = 0; // until when a frame is this user's doing
  let fresh = []; // ids that just came

  const items = (...of) => (of[0] ? of : lists()).flatMap((list) => [...list.children].filter((item) => item.id));
  const remember = (list) => items(list).forEach((item, index) => (order[item.id] = index));
  const wanted = (item) => !active.size || (item.dataset.is || "").split(" ").some((word) => active.has(word));
  const out = (item) => item.hasAttribute("data-ui-out");

  /* A whole frame: keep the order that is looked at. */
  dressers.push((task) => {
    for (const next of lists(task.fragment)) {
      const held = document.getElementById(next.id);
      remember(next);
      if (held && Date.now() > own && held.children.length) freeze(held, next);
    }
    controls(task.fragment);
  });
  function freeze(held, next) {
    const coming = new Map(items(next).map((item) => [item.id, item]));
    const kept = items(held).map((item) => {
      const same = coming.get(item.id);
      coming.delete(item.id);
      return same || slot(item);
    });
    fresh.push(...coming.keys());
    next.replaceChildren(...kept, ...coming.values());
  }
  function slot(item) {
    const empty = document.createElement(item.tagName);
    empty.id = item.id;
    empty.className = "bed open gone";
    empty.append(document.createElement("div"));
    empty.firstChild.textContent = words.gone;
    return empty;
  }

  /* What waits, until it is shown. */
  function drawn() {
    for (const id of fresh) document.getElementById(id)?.setAttribute("data-ui-new", "");
    fresh = [];
    if (Date.now() < own) show();
    else group();
    controls(document);
  }
  const waits = () => items().filter((item) => item.matches("[data-ui-new], .gone") || out(item) === wanted(item)).length;
  function show() {
    for (const item of items()) {
      if (item.matches(".gone")) item.remove();
      else item.removeAttribute("data-ui-new");
    }
    lists().forEach(sort);
    filter();
  }
  function sort(held) {
    const risk = root.dataset.sort === "risk";
    const rank = (item) => (risk ? -Number(item.dataset.risk || 0) : 0);
    const sorted = items(held).sort((a, b) => rank(a) - rank(b) || order[a.id] - order[b.id]);
    const focus = document.activeElement;
    sorted.forEach((item, index) => {
      if (held.children[index] !== item) held[held.moveBefore ? "moveBefore" : "insertBefore"](item, held.children[index]);
    });
    if (focus !== document.activeElement) focus.focus({ preventScroll: true });
  }
  function filter() {
    for (const item of items()) item.toggleAttribute("data-ui-out", !wanted(item));
    group();
    controls(document);
  }

  /* Bays: by bays.js. */
  function group() {
    if (ward.group) ward.group();
    else if (root.dataset.density === "bays") ward.script("bays");
  }

  /* Controls stand in the live region: what comes is drawn with their state. */
  function controls(within) {
    for (const tile of within.querySelectorAll("[data-filter]")) tile.setAttribute("aria-pressed", active.has(tile.dataset.filter));
    for (const group of within.querySelectorAll("[data-choice]")) {
      for (const button of group.children) button.setAttribute("aria-pressed", button.value === chosen(group.dataset.choice));
    }
    tell(within.querySelector("#list-news"), waits(), (n) => (n === 1 ? words.listOne : fill(words.listMany, { n })));
    const shown = items().filter((item) => !out(item)).length;
    tell(within.querySelector("#shown"), active.size, () => fill(words.shown, { n: shown, all: items().length }));
  }
  const chosen = (name) => root.dataset[name === "theme" ? "themeChoice" : name];
  function tell(element, count, text) {
    if (element) element.hidden = !count;
    if (element && count) element.querySelector("span").textContent = text(count);
  }

  document.addEventListener("click", (event) => {
    const tile = event.target.closest("[data-filter]");
    if (tile || event.target.closest("[data-unfilter]")) {
      const word = tile?.dataset.filter;
      if (!tile) active.clear();
      else if (!active.delete(word)) active.add(word);
      if (active.size) url.searchParams.set("show", [...active].join(","));
      else url.searchParams.delete("show");
      history.replaceState(history.state, "", url);
      show();
    }
    if (event.target.closest("[data-show]")) {
      show();
      document.querySelector("[data-list] a")?.focus({ preventScroll: true });
    }
    const choice = event.target.closest("[data-choice] button");
    if (choice) window.choose(choice.parentElement.dataset.choice, choice.value);
  });
  document.addEventListener("ward:chosen", (event) => {
    if (/sort|density/.test(event.detail.name)) show();
    controls(document);
  });
  document.addEventListener("ward:saved", () => (own = Date.now() + 2000));
  document.addEventListener("ward:drawn", drawn);

  lists().forEach(remember);
  show();
}
