/* Lock: real input keeps the session open; left alone, the screen locks and keeps what was typed.
   sheet.js fetches this file. */
"use strict";
{
  const { words, fill, clock } = window.ward;
  const idle = Number(document.body.dataset.idle) * 1000;
  const EARLY = 5_000, WARNED = EARLY + Math.min(120_000, idle / 4), TELL = 30_000;
  const sheet = document.getElementById("sheet");
  const here = () => location.pathname + location.search;
  const over = () => document.documentElement.dataset.live === "over";

  /* Activity: told to the server at most each half minute, and once more for what came between. */
  let told = performance.now(), used = told, warned = false, trailing = 0;
  function tell() {
    clearTimeout(trailing);
    trailing = 0;
    told = performance.now();
    fetch("/session/activity", { method: "POST", keepalive: true }).catch(() => {});
  }
  function active(event) {
    if (!event.isTrusted || over()) return;
    used = performance.now();
    warned = false;
    if (used - told >= TELL) tell();
    else trailing ||= setTimeout(tell, TELL - (used - told));
  }
  told -= TELL;
  for (const kind of ["pointerdown", "keydown", "wheel"]) document.addEventListener(kind, active, { passive: true });

  /* What was typed: the fields that differ from how they were drawn, never a password. */
  const typedIn = (field) =>
    field.name && !field.disabled && !["hidden", "password", "submit", "button", "file", "search"].includes(field.type) &&
    (field.matches("select") ? field.value !== ([...field.options].find((one) => one.defaultSelected) || field.options[0])?.value
      : ["checkbox", "radio"].includes(field.type) ? field.checked !== field.defaultChecked : field.value !== field.defaultValue);
  function draft() {
    const within = sheet.open ? sheet : document.querySelector("main");
    const fields = [...within.querySelectorAll("form :is(input, select, textarea), [form]")].filter(typedIn);
    const pairs = fields.map((field) => [field.name, ["checkbox", "radio"].includes(field.type) ? `${field.value}\n${field.checked}` : field.value]);
    const source = sheet.open && window.ward.source && new URL(window.ward.source, location.href);
    return { path: here(), source: source ? source.pathname + source.search : null, fields: pairs };
  }
  const form = document.getElementById("lock");
  function fillIn() {
    const held = draft();
    form.elements.path.value = held.path;
    form.elements.draft.value = held.fields.length ? JSON.stringify(held) : "";
  }
  form?.addEventListener("submit", fillIn);
  document.addEventListener("ward:freshness", () => { // locked or left elsewhere: what stands here is kept
    if (!over() || !form) return;
    fillIn();
    if (form.elements.draft.value) fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual", keepalive: true }).catch(() => {});
  }, true);

  /* Left alone. */
  let locking = false;
  if (idle && form) setInterval(() => {
    if (over() || locking) return;
    const left = idle - (performance.now() - Math.max(told, used));
    if (left <= EARLY) {
      locking = true;
      form.requestSubmit();
      return;
    }
    if (left > WARNED || warned) return;
    warned = true;
    window.ward.toast(fill(words.locks, { n: Math.round(left / 1000) }));
  }, 1000);

  /* Come back: the form that was open is drawn anew, and what was typed is put into it. */
  function put([name, value]) {
    for (const field of document.querySelectorAll(`:is(#sheet, main) [name="${CSS.escape(name)}"]`)) {
      const [of, on] = value.split("\n");
      if (["checkbox", "radio"].includes(field.type)) {
        if (field.value === of) field.checked = on === "true";
      } else if (field.type !== "hidden") field.value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
  async function restore() {
    const answer = await fetch("/session/draft", { method: "POST", body: new URLSearchParams({ path: here() }) });
    if (answer.status !== 200) return;
    const held = await answer.json();
    if (held.source) {
      window.ward.source = held.source;
      await htmx.ajax("GET", held.source, { target: "#sheet", swap: "innerHTML" });
    }
    held.fields.forEach(put);
    const said = fill(words.restored, { time: clock(new Date(held.at)) });
    window.ward.refuse(said);
  }
  if (/(^|; )ward_draft=1/.test(document.cookie)) restore().catch(() => {});
}
