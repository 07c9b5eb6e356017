/* Sheet: the one dialog for forms, refusals inside it, the palette, and the keys. */
"use strict";
{
  const { words, fill, clock, toast, dressers } = window.ward;
  const byId = (id) => document.getElementById(id);
  const sheet = byId("sheet");
  const palette = byId("palette");
  const problem = byId("problem");
  const results = byId("results");
  const home = problem.nextElementSibling;
  let opener = "";

  /* The sheet opens when it is filled, and empties when it closes. */
  new MutationObserver(() => {
    if (!sheet.childElementCount) return;
    if (!sheet.open) {
      opener = document.activeElement?.id || "";
      document.querySelector(".menu[open]")?.removeAttribute("open");
      sheet.classList.toggle("over-banner", Boolean(byId("patient-banner")));
      sheet.showModal();
    }
    if (problem.contains(document.activeElement)) return;
    const first = sheet.querySelector("[autofocus], .in input:not([type=hidden]), .in select, .in textarea");
    (matchMedia("(pointer: coarse)").matches ? sheet.querySelector("h2") : first || sheet.querySelector("h2"))?.focus();
  }).observe(sheet, { childList: true });
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
    if (close) (close.closest("dialog") || sheet).close();
    if (close?.closest("#problem")) settle();
    const opens = event.target.closest("[data-opens=palette]");
    if (opens) {
      event.preventDefault();
      palette.showModal();
    }
    if (event.target.closest("[data-keys]")) keySheet();
    for (const menu of document.querySelectorAll(".menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  /* Refusals: one place, inside the sheet while it is open; what was typed stays. */
  function settle() {
    problem.replaceChildren();
    if (problem.parentElement !== home.parentElement) home.before(problem);
  }
  function present() {
    const form = sheet.open && sheet.querySelector(".sheet > header");
    if (form) form.after(problem);
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
    if (event.detail.ctx.request.method !== "GET") settle();
  });
  document.addEventListener("htmx:error", (event) => {
    if (event.detail.ctx?.request && event.detail.ctx.request.method !== "GET" && !event.detail.ctx.response) window.ward.refuse(words.notSaved);
  });
  document.addEventListener("htmx:finally:request", (event) => {
    const { ctx } = event.detail;
    if (!ctx.response) return;
    if (ctx.response.status >= 400) return present();
    if (ctx.target === results) choose(0);
    if (ctx.request.method === "GET" || !ctx.sourceElement?.closest("[data-records]")) return;
    document.dispatchEvent(new CustomEvent("ward:saved"));
    if (sheet.open && sheet.contains(ctx.sourceElement)) sheet.close();
    toast(fill(words.saved, { time: clock(new Date()) }));
  });
  document.addEventListener("ward:freshness", () => {
    if (document.documentElement.dataset.live !== "over") return;
    palette.close();
    sheet.close();
  });

  /* Palette: the server finds; arrows choose, Enter opens. */
  function choose(index) {
    const found = [...results.querySelectorAll("a")];
    const at = Math.max(0, Math.min(index, found.length - 1));
    found.forEach((link, here) => {
      link.setAttribute("role", "option");
      link.id ||= `found-${here}`;
      link.setAttribute("aria-selected", here === at);
    });
    byId("ask").setAttribute("aria-activedescendant", found[at]?.id || "");
    found[at]?.scrollIntoView({ block: "nearest" });
  }
  const selected = () => [...results.querySelectorAll("a")].findIndex((link) => link.getAttribute("aria-selected") === "true");
  byId("ask").addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) choose(selected() + step);
    else if (event.key === "Enter") results.querySelectorAll("a")[selected()]?.click();
    else return;
    event.preventDefault();
  });

  /* Keys: the table the handler uses is the table the sheet shows. No key commits a clinical record. */
  const go = (pattern) => () => document.querySelector(`.rail a[href^="${pattern}"]`)?.click();
  const submit = () => {
    const form = sheet.open && sheet.querySelector("form[data-records]:not([data-clinical])");
    form?.requestSubmit();
  };
  const KEYS = [
    { keys: "Ctrl K", word: "kPalette", is: (e) => (e.ctrlKey || e.metaKey) && e.code === "KeyK", run: () => palette.open || palette.showModal() },
    { keys: "Alt Shift B", word: "kBoard", is: (e) => e.altKey && e.shiftKey && e.code === "KeyB", run: go("/wards") },
    { keys: "Alt Shift M", word: "kMine", is: (e) => e.altKey && e.shiftKey && e.code === "KeyM", run: go("/mine") },
    { keys: "Alt Shift A", word: "kAlerts", is: (e) => e.altKey && e.shiftKey && e.code === "KeyA", run: go("/alerts") },
    { keys: "Alt Shift S", word: "kSchedule", is: (e) => e.altKey && e.shiftKey && e.code === "KeyS", run: go("/schedule") },
    { keys: "Ctrl Enter", word: "kSubmit", is: (e) => (e.ctrlKey || e.metaKey) && e.key === "Enter" && sheet.open, run: submit },
    { keys: "Esc", word: "kClose", is: () => false },
    { keys: "← ↑ → ↓ Home End", word: "kMove", is: (e) => /^(Arrow|Home|End)/.test(e.key) && !typing() && window.ward.step(e), run() {} },
    { keys: "j k", word: "kNext", letter: true, is: (e) => /^[jk]$/.test(e.key) && window.ward.step(e), run() {} },
    { keys: "g b", word: "kBoard", letter: true, is: (e) => after("g", e) && e.key === "b", run: go("/wards") },
    { keys: "?", word: "kSheet", letter: true, is: (e) => e.key === "?", run: () => keySheet() },
  ];
  const typing = () => document.activeElement?.matches("input, select, textarea, [contenteditable]");
  const letters = () => document.documentElement.dataset.letters === "on" && !typing();
  let before = "";
  const after = (key, event) => {
    const was = before;
    before = event.key;
    return was === key;
  };
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const key = KEYS.find((row) => (!row.letter || (letters() && !sheet.open && !event.ctrlKey && !event.metaKey)) && row.is(event));
    if (!key) return;
    event.preventDefault();
    key.run();
  });
  function keySheet() {
    const make = (tag, text = "", name = "") => Object.assign(document.createElement(tag), { textContent: text, className: name });
    const box = make("div", "", "sheet");
    const head = make("header");
    const title = Object.assign(make("h2", words.keys), { id: "sheet-title", tabIndex: -1 });
    const close = make("button", "×", "icon");
    close.dataset.closes = "";
    close.setAttribute("aria-label", words.close);
    head.append(title, close);
    const rows = make("dl", "", "kv");
    for (const row of KEYS) {
      const said = make("dd", words[row.word]);
      if (row.letter) said.append(make("small", ` ${words.letters}`, "t-2"));
      const keys = make("dt");
      keys.append(make("kbd", row.keys));
      rows.append(keys, said);
    }
    box.append(head, rows);
    sheet.replaceChildren(box);
  }
}
