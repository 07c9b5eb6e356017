/* Keys: the table of shortcuts, the sheet that lists them, arrows between cards and in the palette.
   sheet.js fetches this file. */
"use strict";
{
  const { words } = window.ward;
  const byId = (id) => document.getElementById(id);
  const sheet = byId("sheet");
  const palette = byId("palette");
  const results = byId("results");

  /* Arrows move between the cards as they lie on the screen. */
  function step(event) {
    const links = [...document.querySelectorAll("[data-list] > *")].filter((item) => item.offsetParent).map((item) => item.querySelector("h3 a, .do a, .do button")).filter(Boolean);
    const here = links.indexOf(document.activeElement);
    if (here < 0 && !event.start) return false;
    const place = links.map((link) => link.closest("li").getBoundingClientRect());
    const vertical = (down) => {
      const rows = place.map((box, index) => ({ index, box })).filter(({ box }) => (down ? box.top > place[here].top + 8 : box.top < place[here].top - 8));
      const edge = down ? Math.min(...rows.map(({ box }) => box.top)) : Math.max(...rows.map(({ box }) => box.top));
      const row = rows.filter(({ box }) => Math.abs(box.top - edge) < 8);
      return row.sort((a, b) => Math.abs(a.box.left - place[here].left) - Math.abs(b.box.left - place[here].left))[0]?.index;
    };
    const forward = document.documentElement.dir === "rtl" ? -1 : 1;
    const to = { ArrowRight: () => here + forward, ArrowLeft: () => here - forward, ArrowDown: () => vertical(true), ArrowUp: () => vertical(false), Home: () => 0, End: () => links.length - 1, j: () => here + 1, k: () => here - 1 }[event.key]?.();
    if (!links[to]) return false;
    links[to].focus();
    return true;
  }

  /* Palette: the server finds; arrows choose, Enter opens. */
  window.ward.choose = choose;
  function choose(index) {
    const found = [...results.querySelectorAll("a")];
    const at = Math.max(0, Math.min(index, found.length - 1));
    found.forEach((link, here) => (here === at ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current")));
    found[at]?.scrollIntoView({ block: "nearest" });
  }
  const selected = () => [...results.querySelectorAll("a")].findIndex((link) => link.hasAttribute("aria-current"));
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
    { keys: "Ctrl K", word: "kPalette", is: () => false /* screen.js: before this file is there */ },
    { keys: "Alt Shift B", word: "kBoard", is: (e) => e.altKey && e.shiftKey && e.code === "KeyB", run: go("/wards") },
    { keys: "Alt Shift M", word: "kMine", is: (e) => e.altKey && e.shiftKey && e.code === "KeyM", run: go("/mine") },
    { keys: "Alt Shift A", word: "kAlerts", is: (e) => e.altKey && e.shiftKey && e.code === "KeyA", run: go("/alerts") },
    { keys: "Alt Shift S", word: "kSchedule", is: (e) => e.altKey && e.shiftKey && e.code === "KeyS", run: go("/schedule") },
    { keys: "Ctrl Enter", word: "kSubmit", is: (e) => (e.ctrlKey || e.metaKey) && e.key === "Enter" && sheet.open, run: submit },
    { keys: "Esc", word: "kClose", is: () => false },
    { keys: "← ↑ → ↓ Home End", word: "kMove", is: (e) => /^(Arrow|Home|End)/.test(e.key) && !typing() && step(e), run() {} },
    { keys: "j k", word: "kNext", letter: true, is: (e) => /^[jk]$/.test(e.key) && step(e), run() {} },
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
  /* What is drawn as a button is pressed by the space bar too. */
  document.addEventListener("keydown", (event) => {
    if (event.key !== " " || event.repeat || !event.target.matches("a[role=button]")) return;
    event.preventDefault();
    event.target.click();
  });
  window.ward.pressed = true;
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const key = KEYS.find((row) => (!row.letter || (letters() && !sheet.open && !event.ctrlKey && !event.metaKey)) && row.is(event));
    if (!key) return;
    event.preventDefault();
    key.run();
  });
  window.ward.keySheet = keySheet;
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
  if (palette.open) choose(0);
}
