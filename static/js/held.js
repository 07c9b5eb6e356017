/* Held: a board that somebody pauses. What comes meanwhile waits and is counted; what is critical comes through;
   after a while it goes on by itself. sheet.js fetches this file on a board.

   live.js goes on confirming and counting revisions: what waits was let go, so that going on asks for the whole. */
"use strict";
{
  const { fill, clock, now, dressers } = window.ward;
  const MOST = 5 * 60_000; // engineering default
  const AGAIN = 2000;
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const bar = () => byId("held");
  const box = () => bar()?.closest("[data-topic]");
  const words = () => bar().dataset;
  let held = null; // since, and what waits
  let going = 0; // asks for the whole until it is here

  /* What a card says, without what this page itself has written on it. */
  const plain = (element) => element.outerHTML.replace(/ data-(htmx-powered|ui-[\w-]+)="[^"]*"/g, "").replace(/(<time[^>]*>)[^<]*/g, "$1");
  const loud = (piece) => piece.id === "act-now" || piece.matches(".sev-critical") || piece.querySelector(".chip.critical");
  const counts = (piece) => piece.matches("[data-say], [id^=pending-]");

  document.addEventListener("htmx:before:swap", ({ detail: { ctx, tasks } }) => {
    const here = box();
    if (!held || ctx.request || !here) return; // the answer to one's own deed is shown
    for (const task of [...tasks]) {
      const target = typeof task.target === "string" ? document.querySelector(task.target) : task.target;
      if (!here.contains(target)) continue;
      if (target === here) whole(task.fragment);
      else if (!piece(target, task.fragment.firstElementChild)) continue;
      tasks.splice(tasks.indexOf(task), 1);
    }
    tell();
  }, true);

  /* Tell whether a piece waits. */
  function piece(shown, coming) {
    if (!coming) return false;
    const same = plain(shown) === plain(coming);
    if (same || loud(coming)) held.waits.delete(coming.id);
    else if (counts(coming)) held.waits.add(coming.id);
    return !loud(coming);
  }
  function whole(fragment) {
    const coming = new Map([...fragment.querySelectorAll("[id]")].filter((one) => counts(one) || one.id === "act-now").map((one) => [one.id, one]));
    const aloud = [];
    held.waits.clear();
    for (const [id, one] of coming) {
      const shown = byId(id);
      if (!shown) held.waits.add(id);
      else if (piece(shown, one) === false && plain(shown) !== plain(one)) aloud.push(one);
    }
    for (const shown of box().querySelectorAll("[data-list] > [data-say]")) if (!coming.has(shown.id)) held.waits.add(shown.id);
    const text = aloud.map((one) => `<hx-partial hx-target="#${one.id}" hx-swap="outerMorph">${one.outerHTML}</hx-partial>`).join("");
    const live = byId("live");
    if (text) queueMicrotask(() => htmx.swap({ sourceElement: live, target: live, swap: "none", text }));
  }

  function many() {
    const n = held.waits.size;
    return n === 0 ? words().none : n === 1 ? words().one : fill(words().many, { n });
  }
  function tell() {
    if (held && !bar()) {
      clearTimeout(held.timer); // taken away: rights or session have ended
      held = null;
    }
    root.toggleAttribute("data-ui-held", Boolean(held));
    dress(document);
    if (!held) return;
    const pill = byId("pill").firstElementChild;
    if (root.dataset.live === "live") pill.textContent = words().word;
    const line = bar().querySelector("span");
    const said = many();
    if (line.textContent.endsWith(said) && held.told) return;
    held.told = true;
    const age = document.createElement("time");
    age.dataset.at = new Date(held.since).toISOString();
    line.replaceChildren(fill(words().since, { time: clock(new Date(held.since)) }), " (", age, ") · ", said);
    age.textContent = `${Math.floor((now() - held.since) / 60_000)}min`;
  }
  function dress(within) {
    const [button, bar] = within.querySelectorAll("#hold, #held");
    if (!bar) return;
    const focused = [button, bar].find((one) => one.contains(document.activeElement));
    button.hidden = Boolean(held);
    bar.hidden = !held;
    if (focused?.hidden) (held ? bar.querySelector("button") : button).focus();
  }
  dressers.push((task) => dress(task.fragment));

  function pause() {
    clearInterval(going);
    held = { since: now(), waits: new Set(), timer: setTimeout(() => resume(words().ended), MOST) };
    tell();
    window.ward.say(words().paused);
  }
  function resume(said) {
    if (!held) return;
    clearTimeout(held.timer);
    held = null;
    tell();
    byId("pill").firstElementChild.textContent = byId("words").dataset[root.dataset.live] || "";
    if (said) window.ward.toast(said);
    else window.ward.say(words().again);
    if (!said) document.dispatchEvent(new CustomEvent("ward:saved")); // who asks for it is shown new beds, too
    fetchWhole();
  }
  /* Whatever the page hears next, it asks for the whole: what it let go comes with that. */
  function fetchWhole() {
    const here = box();
    if (!here) return;
    Object.assign(here.dataset, { rev: "0", epoch: "" });
    const ask = () => {
      const socket = window.wardLive?.link?.socket;
      if (here.dataset.epoch || here.dataset.gone || !here.isConnected) clearInterval(going);
      else if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ op: "snap", topics: [here.dataset.topic] }));
    };
    going = setInterval(ask, AGAIN);
    ask();
  }

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-hold]")) return;
    if (held) resume();
    else pause();
  });
  document.addEventListener("ward:saved", () => resume()); // one's own deed is to be seen
  document.addEventListener("ward:freshness", () => held && tell());
  window.ward.holds = true;
}
