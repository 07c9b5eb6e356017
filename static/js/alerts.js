/* Alerts: counts down to the next call, sums the bells, and calls aloud for critical alerts nobody has:
   one announcement for each call, two tones every minute until somebody has it. */
"use strict";
{
  const { words, fill, now, dressers } = window.ward;
  const byId = (id) => document.getElementById(id);
  const me = document.body.dataset.user;
  const EVERY = 60_000;

  /* The time until the next call. */
  function count(within) {
    for (const time of within.querySelectorAll("time[data-until]")) {
      const seconds = Math.ceil((Date.parse(time.dataset.until) - now()) / 1000);
      const left = seconds > 90 ? fill(words.inMinutes, { n: Math.round(seconds / 60) }) : seconds > 0 ? fill(words.inSeconds, { n: seconds }) : words.nowDue;
      if (time.textContent !== left) time.textContent = left;
    }
    for (const bar of within.querySelectorAll("progress[data-to]")) {
      const [from, to] = [Date.parse(bar.dataset.from), Date.parse(bar.dataset.to)];
      bar.value = Math.min(1, Math.max(0, (now() - from) / (to - from)));
    }
  }
  dressers.push((task) => count(task.fragment));

  /* Numbers that several live parts make together. */
  const total = (selector, name) => [...document.querySelectorAll(selector)].reduce((sum, one) => sum + Number(one.dataset[name]), 0);
  function sum() {
    for (const place of document.querySelectorAll("[data-sum]")) place.textContent = total(`.console [data-part=${place.dataset.sum}]`, "count");
    const bell = byId("bell-total");
    if (!bell) return;
    bell.textContent = total("#bells [data-rings]", "rings");
    bell.hidden = bell.textContent === "0";
  }

  /* What must be heard: said once for each call in this browser tab, also over pages. */
  const KEY = "ward.rung";
  const rung = new Set((sessionStorage.getItem(KEY) || "").split(" "));
  const calls = (ring) => !ring.dataset.for || ring.dataset.for.split(" ").includes(me);
  const rings = () => [...document.querySelectorAll("#bells [data-ring]")].filter(calls);
  let sounded = 0;
  function ring() {
    const mine = rings();
    const fresh = mine.filter((one) => !rung.has(one.dataset.ring));
    fresh.forEach((one) => rung.add(one.dataset.ring));
    if (fresh.length) {
      sessionStorage.setItem(KEY, [...rung].slice(-100).join(" "));
      byId("shout").textContent = fresh.map((one) => one.dataset.shout).join(" ");
    }
    document.documentElement.toggleAttribute("data-ui-ringing", mine.length > 0);
    if (!mine.length) sounded = 0;
    else if (fresh.length || Date.now() - sounded >= EVERY) tones();
  }
  let audio = null;
  function tones() {
    if (document.documentElement.dataset.sound === "off") return;
    audio ||= new AudioContext();
    if (audio.state !== "running") return void audio.resume().catch(() => {}); // until somebody has touched the page
    sounded = Date.now();
    window.ward.tones = (window.ward.tones || 0) + 1;
    [880, 660].forEach((pitch, index) => {
      const [voice, loud, at] = [audio.createOscillator(), audio.createGain(), audio.currentTime + index * 0.35];
      voice.frequency.value = pitch;
      loud.gain.setValueAtTime(0.0001, at);
      loud.gain.exponentialRampToValueAtTime(0.3, at + 0.02);
      loud.gain.exponentialRampToValueAtTime(0.0001, at + 0.32);
      voice.connect(loud).connect(audio.destination);
      voice.start(at);
      voice.stop(at + 0.34);
    });
  }
  for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, () => audio?.state === "suspended" && audio.resume().then(ring, () => {}));

  /* A new alert of tier 2 is said, not shouted. */
  const known = new Set([...document.querySelectorAll(".alert[data-tier]")].map((one) => one.id));
  function hear() {
    for (const card of document.querySelectorAll(".alert[data-tier]")) {
      if (known.has(card.id)) continue;
      known.add(card.id);
      if (card.dataset.tier !== "1" && card.dataset.state === "open" && calls(card)) window.ward.say(card.dataset.say);
    }
  }

  /* The alert that was asked for, among those of its patient. */
  const one = byId(byId("one-alert")?.dataset.alert);
  one?.setAttribute("data-ui-wanted", "");
  one?.scrollIntoView({ block: "nearest" });

  function drawn() {
    count(document);
    sum();
    hear();
    ring();
  }
  document.addEventListener("ward:drawn", drawn);
  document.addEventListener("ward:chosen", drawn);
  setInterval(() => {
    count(document);
    ring();
  }, 1000);
  drawn();
}
