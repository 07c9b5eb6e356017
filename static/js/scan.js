/* Scan: scanners type fast and end with Enter; what they read, or the camera does, is the event ward:scan
   {text, by} on document, and goes into the form that waits for it. Loaded by the pages that scan. */
"use strict";
if (!window.wardScan) {
  window.wardScan = true;
  const ward = window.ward;
  const byId = (id) => document.getElementById(id);
  const sheet = byId("sheet");
  const source = document.currentScript.src;
  const { words } = ward;
  Object.assign(words, byId("scan-words").dataset);
  const say = (text) => (ward.say ? ward.say(text) : ward.said.push(text));
  function refuse(text) {
    if (ward.refuse) return ward.refuse(text);
    byId("problem").replaceChildren(Object.assign(document.createElement("p"), { textContent: text })); // sheet.js is on its way
  }

  /* Scanners: six keys or more, each within 40 ms of the last (held keys do not count), then Enter or Tab.
     Only then is anything taken away from where it was typed; until then nobody knows that it is no person. */
  const GAP = 40;
  const LEAST = 6;
  const GS = "\u001d"; // the separator of GS1: comes as itself, F8, Ctrl ], Alt 29 or written out
  let keys = "";
  let last = -Infinity; // when the last key of this burst came
  let ended = -Infinity; // when the last scan ended
  let alt = ""; // a character typed as Alt and its number
  const fields = new Map(); // what stood where this burst is typed
  const before = { text: "", at: -Infinity };

  function meant(event) {
    const { key, code } = event;
    const separates = event.ctrlKey && !event.altKey && (key === "]" || code === "BracketRight");
    if (key === "F8" || separates) return GS;
    if (key.length !== 1 || event.metaKey || event.isComposing) return "";
    return (event.ctrlKey || event.altKey) && !event.getModifierState("AltGraph") ? "" : key;
  }
  const writable = (element) => element.isContentEditable || element.matches?.("textarea, input:not([type=radio], [type=checkbox], [type=button], [type=submit])");
  function remember(element) {
    if (element.matches?.("input, textarea, select") && !fields.has(element)) fields.set(element, [element.value, element.selectionStart, element.selectionEnd]);
  }
  function takeBack() {
    for (const [field, [value, start, end]] of fields) {
      if (field.value === value && !field.validity.badInput) continue;
      field.value = value; // half a date, too, goes
      if (start !== null && field.setSelectionRange) field.setSelectionRange(start, end);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
  function begin() {
    keys = "";
    fields.clear();
  }
  function add(char, event) {
    remember(event.target);
    keys += char;
    if (keys.length > 2 && (char === GS || !writable(event.target))) stop(event); // no button, shortcut or list takes it for its own
  }
  function stop(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
  function pressed(event) {
    const at = event.timeStamp;
    const fast = at - last < GAP;
    if (!event.key) return; // a filled-in field, not a key
    if (["Shift", "Control", "Alt", "AltGraph"].includes(event.key)) {
      if (fast) last = at;
      alt = "";
      return;
    }
    if (event.altKey && /^Numpad\d$/.test(event.code)) {
      alt += event.code.at(-1);
      if (fast) last = at;
      return;
    }
    if ((event.key === "Enter" || event.key === "Tab") && !event.ctrlKey && !event.altKey && !event.metaKey) return finish(event, fast);
    const char = event.repeat ? "" : meant(event); // a key held down repeats as fast as a scanner
    if (!fast || !char) begin();
    if (!char) return;
    last = at;
    add(char, event);
  }
  function finish(event, fast) {
    const at = event.timeStamp;
    if (fast && keys.length >= LEAST) {
      stop(event);
      ended = at;
      takeBack();
      const text = keys.replaceAll("\\u001d", GS);
      begin();
      if (text !== before.text || at - before.at > 1000) tell(text, "scanner"); // a trigger held down reads again
      Object.assign(before, { text, at });
    } else if (at - ended < GAP) {
      stop(event); // some end a line twice; the second would press what has the focus
      ended = at;
    } else begin();
  }
  addEventListener("keydown", pressed, true);
  addEventListener("keyup", (event) => {
    if (event.key !== "Alt" || !alt) return;
    const char = String.fromCharCode(Number(alt));
    alt = "";
    if (event.timeStamp - last >= GAP) begin();
    last = event.timeStamp;
    add(char, event);
  }, true);

  function tell(text, by) {
    const event = new CustomEvent("ward:scan", { detail: { text, by }, cancelable: true });
    if (document.dispatchEvent(event)) route({ text, by });
  }
  ward.scanned = tell;

  /* Routing: into the open sheet, else into the form of the page. While one scan is under way the next one waits. */
  let busy = null;
  let waiting = null;
  const loading = () => sheet.firstElementChild?.matches(".skel");
  function route(scan) {
    if (busy || loading()) {
      waiting = scan;
      return;
    }
    if (byId("palette").open) byId("palette").close();
    const within = sheet.open ? sheet : document.querySelector("form[data-scan-form]");
    const all = within ? [...within.querySelectorAll(sheet.open ? "[data-scan-into]" : "[name=code]")].filter((one) => !one.disabled) : [];
    const field = all.find((one) => one === document.activeElement) || all.find((one) => !one.value) || all[0];
    if (!field) return refuse(sheet.open ? words.scanClose : words.scanNowhere);
    put(field, scan);
  }
  function put(field, { text, by }) {
    const { form } = field;
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    for (const how of form.querySelectorAll("[data-scan-by]")) how.value = by;
    say(words.scanRead);
    if (form.matches("[data-scan-submits], [data-scan-form]")) form.requestSubmit();
    else field.focus();
  }
  const scans = (form) => form.matches?.("form[data-scan-submits], form[data-scan-form]");
  document.addEventListener("htmx:before:request", (event) => {
    const { ctx } = event.detail;
    if (event.defaultPrevented || !scans(ctx.sourceElement)) return;
    ctx.scans = ctx.sourceElement; // which an answer may take off the page
    busy = ctx;
  });
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    if (ctx === busy) {
      busy = null;
      if (ctx.scans.matches("[data-scan-form]")) for (const code of ctx.scans.querySelectorAll("[name=code]")) code.value = "";
      if (!(ctx.response?.status < 400) || ctx.hx?.redirect) waiting = null; // refused: what came after it was meant for another step
    }
    if (busy || !waiting) return;
    const next = waiting;
    waiting = null;
    setTimeout(route, 0, next);
  });
  /* What is typed over a scan is not a scan any more. */
  document.addEventListener("input", (event) => {
    if (!event.isTrusted || !event.target.matches?.("[data-scan-into]")) return;
    for (const how of event.target.form.querySelectorAll("[data-scan-by]")) how.value = how.dataset.scanBy;
  });

  /* Camera: fetched when somebody opens it. */
  let fetched = null;
  ward.load = (path) =>
    new Promise((done, failed) => document.head.append(Object.assign(document.createElement("script"), { src: source.replace("js/scan.js", path), onload: done, onerror: failed })));
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-camera]");
    if (!button) return;
    fetched ??= ward.load("js/camera.js");
    try {
      await fetched;
      ward.camera(button);
    } catch {
      fetched = null;
      refuse(words.cameraUnable);
    }
  });
}
