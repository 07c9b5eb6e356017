/* Sheet: the one dialog for forms, refusals inside it, toasts, session activity. */
"use strict";
{
  const { words, fill, clock, say, dressers } = window.ward;
  const byId = (id) => document.getElementById(id);
  const sheet = byId("sheet");
  const palette = byId("palette");
  const problem = byId("problem");
  const results = byId("results");
  const home = problem.nextElementSibling;
  let opener = "";
  const over = () => document.documentElement.dataset.live === "over";

  /* The sheet opens when it is filled, and empties when it closes. */
  function filled() {
    if (!sheet.childElementCount) return;
    if (over()) return sheet.replaceChildren(); // asked for before the session ended
    if (!sheet.open) {
      opener = document.activeElement?.id || "";
      document.querySelector(".menu[open]")?.removeAttribute("open");
      sheet.classList.toggle("over-banner", Boolean(byId("patient-banner")));
      sheet.showModal();
    }
    if (problem.contains(document.activeElement)) return;
    const first = sheet.querySelector("[autofocus], .in input:not([type=hidden]), .in select, .in textarea");
    (matchMedia("(pointer: coarse)").matches ? sheet.querySelector("h2") : first || sheet.querySelector("h2"))?.focus();
  }
  new MutationObserver(filled).observe(sheet, { childList: true });
  sheet.addEventListener("close", () => {
    settle();
    sheet.replaceChildren();
    if (document.activeElement === document.body) byId(opener)?.focus();
  });
  palette.addEventListener("close", () => {
    byId("ask").value = "";
    results.replaceChildren();
  });
  document.addEventListener("click", (event) => {
    const close = event.target.closest("[data-closes]");
    if (event.target.closest("[data-reload]")) location.reload();
    if (close) (close.closest("dialog") || sheet).close();
    if (close?.closest("#problem")) settle();
    if (event.target.closest("[data-keys]")) window.ward.keySheet?.();
    for (const menu of document.querySelectorAll(".menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  /* Refusals: one place, inside the sheet while it is open; what was typed stays. */
  function settle() {
    problem.replaceChildren();
    if (problem.parentElement !== home.parentElement) home.before(problem);
  }
  function present() {
    (sheet.open ? sheet : document).querySelector(".sheet > header")?.after(problem); // else at the foot of the screen
    problem.focus();
  }
  window.ward.refuse = (text) => {
    const line = document.createElement("p");
    line.textContent = text;
    problem.replaceChildren(line);
    present();
  };
  dressers.push((task, ctx) => {
    if (ctx.response?.status >= 400 && task.type === "main") {
      const page = task.fragment.querySelector("main");
      if (page) task.fragment.replaceChildren(...page.childNodes);
      task.target = "#problem";
      task.swapSpec = { ...task.swapSpec, style: "innerHTML" };
    }
    if (task.target === sheet || task.target === "#sheet") settle();
  });
  document.addEventListener("htmx:before:request", (event) => {
    if (!event.defaultPrevented && event.detail.ctx.request.method !== "GET") settle();
  });
  document.addEventListener("htmx:error", (event) => {
    if (event.detail.ctx?.request && event.detail.ctx.request.method !== "GET" && !event.detail.ctx.response) window.ward.refuse(words.notSaved);
  });
  document.addEventListener("htmx:finally:request", finished);
  function finished(event) {
    const { ctx } = event.detail;
    if (!ctx.response) return;
    if (ctx.response.status >= 400) return present();
    if (ctx.target === results) window.ward.choose?.(0);
    if (!ctx.records) return;
    document.dispatchEvent(new CustomEvent("ward:saved"));
    if (sheet.open && sheet.contains(ctx.records)) sheet.close();
    toast(fill(words.saved, { time: clock(new Date()) }));
  }
  document.addEventListener("ward:freshness", () => {
    if (!over()) return;
    palette.close();
    sheet.close();
    byId("say").textContent = "";
    document.title = "Ward";
  });

  function toast(text) {
    const item = document.createElement("li");
    item.textContent = text;
    byId("toasts").append(item);
    say(text);
    setTimeout(() => item.remove(), 5000);
  }

  /* Two charts in one browser: each says which other patient is open. Names stay in memory. */
  const guard = byId("guard");
  if (guard) {
    const charts = new BroadcastChannel("ward.charts");
    const others = new Map();
    const page = Math.random();
    const mine = () => ({ page, patient: guard.dataset.patient, name: byId("patient-banner")?.querySelector("h1")?.textContent });
    const draw = () => {
      const names = [...new Set([...others.values()].filter((one) => one.patient !== guard.dataset.patient).map((one) => one.name))];
      guard.hidden = !names.length || over();
      guard.lastElementChild.textContent = guard.hidden ? "" : fill(guard.dataset.words, { names: names.join("; ") });
    };
    charts.onmessage = ({ data }) => {
      if (data.gone) others.delete(data.gone);
      else others.set(data.page, data);
      if (data.asks) charts.postMessage(mine());
      draw();
    };
    charts.postMessage({ ...mine(), asks: true });
    addEventListener("pagehide", () => charts.postMessage({ gone: page }));
    addEventListener("pageshow", (event) => event.persisted && charts.postMessage({ ...mine(), asks: true }));
    document.addEventListener("ward:freshness", () => over() && (draw(), charts.postMessage({ gone: page })));
  }

  /* A node of another build: this page goes on, and says that it is old. */
  const build = new URL(document.querySelector('script[src*="screen.js"]').src).searchParams.get("v");
  document.addEventListener("htmx:ws:before:message:incoming", ({ detail }) => {
    const other = /^\{"op":"hello",.*"build":"([^"]+)"/.exec(detail.message.data)?.[1];
    if (other) byId("renewed").hidden = !build || other === build;
  });

  /* Activity: real input keeps the session open; frames never do. */
  let told = 0;
  const active = (event) => {
    if (!event.isTrusted || Date.now() - told < 30_000 || over()) return;
    told = Date.now();
    fetch("/session/activity", { method: "POST", keepalive: true }).catch(() => {});
  };
  for (const kind of ["pointerdown", "keydown", "wheel"]) document.addEventListener(kind, active, { passive: true });

  /* Keys and the palette's arrows come after; what was pressed or filled before this file came is honoured. */
  if (sheet.childElementCount) filled();
  if (problem.childElementCount) present();
  window.ward.late.splice(0).forEach(finished);
  window.ward.late = null;
  window.ward.fetch("keys");
}
