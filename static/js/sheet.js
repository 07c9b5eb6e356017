/* Sheet: the one dialog for forms, refusals inside it, toasts. */
"use strict";
{
  const { words, fill, clock, dressers } = window.ward;
  const byId = (id) => document.getElementById(id);
  const sheet = byId("sheet");
  const palette = byId("palette");
  const problem = byId("problem");
  const results = byId("results");
  const home = problem.nextElementSibling;
  let opener = "";
  const over = () => document.documentElement.dataset.live === "over";

  /* The banner of the patient stays lit and uncovered; what is focused is never under it. */
  function measure() {
    const banner = byId("patient-banner");
    document.documentElement.style.setProperty("--banner", `${banner?.offsetHeight || 0}px`);
    if (banner) sheet.style.setProperty("--lit", `${Math.max(0, banner.getBoundingClientRect().bottom)}px`);
  }
  addEventListener("resize", measure);
  document.addEventListener("ward:drawn", measure);
  measure();

  /* The sheet opens when it is filled, and empties when it closes. */
  function filled() {
    if (!sheet.childElementCount) return;
    if (over()) return sheet.replaceChildren(); // asked for before the session ended
    if (!sheet.open) {
      opener = document.activeElement?.id || "";
      document.querySelector(".menu[open]")?.removeAttribute("open");
      measure();
      sheet.showModal();
    }
    if (problem.contains(document.activeElement)) return;
    const first = sheet.querySelector("[autofocus], .in input:not([type=hidden]), .in select, .in textarea");
    (matchMedia("(pointer: coarse)").matches ? sheet.querySelector("h2") : first || sheet.querySelector("h2"))?.focus();
  }
  new MutationObserver(filled).observe(sheet, { childList: true });
  sheet.addEventListener("close", () => {
    if (sheet.firstElementChild?.matches(".skel")) asked = null; // nobody waits for it any more
    else settle();
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
    if (close?.closest("#problem")) putAway();
    else if (close) (close.closest("dialog") || sheet).close();
    if (event.target.closest("[data-keys]")) window.ward.keySheet?.();
    if (event.target.closest("[data-retry]")) dispatchEvent(new Event("online"));
    for (const menu of document.querySelectorAll(".menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  /* Refusals: one place, inside the sheet while it is open; what was typed stays. */
  function settle() {
    problem.replaceChildren();
    if (problem.parentElement !== home.parentElement) home.before(problem);
  }
  function putAway() {
    const dialog = problem.closest("dialog");
    settle();
    dialog?.querySelector("h2")?.focus();
  }
  function present() {
    (sheet.open ? sheet : document).querySelector(".sheet > header")?.after(problem); // else at the foot of the screen
    if (problem.querySelector("[data-passkey]") && !document.querySelector("script[src*=passkeys]")) window.ward.script("passkeys");
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
    const { ctx } = event.detail;
    if (!event.defaultPrevented && ctx.request.method !== "GET" && !ctx.asks && !problem.contains(ctx.sourceElement)) settle();
  });
  document.addEventListener("htmx:error", (event) => {
    const { ctx } = event.detail;
    if (ctx?.request && ctx.request.method !== "GET" && !ctx.asks && !ctx.response) window.ward.refuse(words.notSaved);
  });
  document.addEventListener("htmx:finally:request", finished);
  function finished(event) {
    const { ctx } = event.detail;
    if (!ctx.response) return;
    if (ctx.response.status >= 400) {
      present();
      document.dispatchEvent(new CustomEvent("ward:refused", { detail: { ctx } }));
      return;
    }
    if (ctx.request.method === "GET" && place(ctx.target) === sheet) window.ward.source = ctx.request.action; // asked for before this file came
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
    const link = Object.assign(document.createElement("a"), { className: "btn end", textContent: words.signInLink });
    link.href = `/login?next=${encodeURIComponent(location.pathname + location.search)}`;
    document.querySelector("[data-retry]")?.replaceWith(link);
    byId("say").textContent = "";
    document.title = "Ward";
  });

  /* What was taken away from this page takes its open form along, and its name from the window. */
  new MutationObserver(() => {
    if (!document.querySelector("main [data-gone]")) return;
    sheet.close();
    byId("problem").replaceChildren();
    document.title = "Ward";
  }).observe(document.body, { subtree: true, attributeFilter: ["data-gone"] });

  /* Speech: one sentence each five seconds; many changes become a number. */
  let waiting = [];
  let quiet = null;
  function say(text) {
    waiting.push(text);
    if (!quiet) speak();
  }
  function speak() {
    quiet = waiting.length ? setTimeout(speak, 5000) : null;
    if (!waiting.length) return;
    byId("say").textContent = waiting.length === 1 ? waiting[0] : fill(words.changes, { n: waiting.length });
    waiting = [];
  }
  window.ward.say = say;
  window.ward.said.splice(0).forEach(say);
  document.addEventListener("pointerdown", (event) => event.target.closest("[data-ui-changed]")?.removeAttribute("data-ui-changed"));

  function toast(text) {
    const item = document.createElement("li");
    item.textContent = text;
    byId("toasts").append(item);
    say(text);
    setTimeout(() => item.remove(), 5000);
  }

  /* Waiting: what takes longer than 200 ms is drawn as it will stand, without its words. */
  let asked = null; // the request whose form the sheet waits for
  const pieces = (tag, count, name) => Array.from({ length: count }, () => Object.assign(document.createElement(tag), { className: name }));
  const box = (tag, name, ...inner) => {
    const element = Object.assign(document.createElement(tag), { className: name });
    element.append(...inner);
    return element;
  };
  function sketch(target) {
    if (target !== sheet) {
      if (!target.childElementCount) target.replaceChildren(box("div", "skel", ...pieces("i", 3, "row")));
      return;
    }
    if (sheet.open) return; // what stands there stays until the answer is here
    const title = Object.assign(box("h2", "vh", words.loading), { id: "sheet-title", tabIndex: -1 });
    const head = box("header", "", box("div", "", title, ...pieces("i", 1, "title")));
    sheet.replaceChildren(box("div", "sheet skel", head, box("div", "in scroll-y", ...pieces("i", 3, "field")), box("footer", "", ...pieces("i", 1, "primary"))));
  }
  const place = (target) => (typeof target === "string" ? document.querySelector(target) : target);
  document.addEventListener("htmx:before:request", (event) => {
    const { ctx } = event.detail;
    const target = place(ctx.target);
    if (event.defaultPrevented || ctx.request.method !== "GET" || !target?.matches("#sheet, #results, #candidates")) return;
    if (target === sheet) {
      asked = ctx;
      window.ward.source = ctx.request.action;
    }
    ctx.slow = setTimeout(sketch, 200, target);
  });
  dressers.push((task, ctx) => {
    clearTimeout(ctx.slow);
    const skeleton = sheet.firstElementChild?.matches(".skel");
    if (ctx.slow && place(task.target) === sheet && asked !== ctx) task.fragment.replaceChildren(); // closed meanwhile
    if (skeleton && place(task.target) === problem) sheet.close(); // refused: no form will come
  });
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    clearTimeout(ctx.slow);
    if (ctx === asked && !ctx.response && sheet.firstElementChild?.matches(".skel")) sheet.close();
  });
  let leaving = 0;
  const stay = () => {
    clearTimeout(leaving);
    delete document.documentElement.dataset.uiLeaving;
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || link.target || link.origin !== location.origin || link.hash) return;
    leaving = setTimeout(() => {
      document.documentElement.dataset.uiLeaving = /\/beds$/.test(link.pathname) ? "board" : "page";
      leaving = setTimeout(stay, 8000); // nothing came: what was there is better than nothing
    }, 200);
  });
  addEventListener("pageshow", stay);

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

  navigator.serviceWorker?.register("/sw.js").catch(() => {});

  /* Keys and the palette's arrows come after; what was pressed or filled before this file came is honoured. */
  if (sheet.childElementCount) filled();
  if (problem.childElementCount) present();
  window.ward.late.splice(0).forEach(finished);
  window.ward.late = null;
  window.ward.toast = toast;
  window.ward.script("lock");
  window.ward.script("forms");
  window.ward.script("keys");
  if (document.querySelector("[data-hold]")) ["kept", "held"].forEach(window.ward.script);
}
