/* Calendar: the line of now, waits and holds that count, arrows from slot to slot, dragging, filters of columns.
   Loaded by the page that needs it; everything else works without. */
"use strict";
{
  const { ward } = window;
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const page = byId("cal-page");
  const slot = byId("cal-slot");
  const words = page.dataset;
  const fill = ward.fill;
  const [QUARTER, MINUTE] = [900_000, 60_000];
  root.dataset.uiHands = "";

  /* Time of the place, whatever the clock of this device says. */
  const zones = {};
  function wall(at, zone) {
    zones[zone] ||= new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
    return zones[zone].format(new Date(at)).replace(" ", "T");
  }

  /* Ticks: nothing here needs the server. */
  const set = (element, name, value) => (value ? element.setAttribute(name, value) : element.removeAttribute(name));
  function waits(within) {
    for (const one of within.querySelectorAll("[data-since], [data-ui-wait]")) {
      const minutes = (ward.now() - Date.parse(one.dataset.since)) / MINUTE; // NaN of who waits no more
      set(one, "data-ui-wait", minutes >= words.tooLong ? "too-long" : minutes >= words.long ? "long" : "");
    }
    for (const one of within.querySelectorAll("[data-moves], [data-ui-late]")) one.toggleAttribute("data-ui-late", !!one.dataset.moves && ward.now() - Date.parse(one.dataset.start) >= words.lateAfter * MINUTE);
  }
  function holds(within) {
    let any = false;
    for (const one of within.querySelectorAll(".held[data-until]")) {
      const left = Math.ceil((Date.parse(one.dataset.until) - ward.now()) / 1000);
      const text = left > 0 ? `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : words.runOut;
      const place = one.querySelector(".cal-left");
      if (place.textContent !== text) place.textContent = text;
      one.toggleAttribute("data-ui-over", left <= 0);
      any ||= left > 0;
    }
    return any;
  }
  function lines() {
    for (const cal of page.querySelectorAll(".cal")) {
      const line = cal.querySelector(".cal-now");
      const [from, to] = [Date.parse(cal.dataset.from), Date.parse(cal.dataset.to)];
      const on = ward.now() >= from && ward.now() < to;
      line.toggleAttribute("data-ui-on", on);
      cal.closest("section[data-topic]").toggleAttribute("data-ui-today", on);
      if (!on) continue;
      line.style.setProperty("--at", (ward.now() - from) / QUARTER);
      line.firstElementChild.textContent = wall(ward.now(), cal.dataset.zone).slice(11);
    }
  }
  let counting = 0;
  function tick() {
    waits(page);
    lines();
    clearInterval(counting);
    if (holds(page)) counting = setInterval(() => holds(page) || clearInterval(counting), 1000);
  }

  /* Focus: one stop for Tab; arrows go from slot to slot. */
  const still = (within) => within.querySelectorAll(".ap a").forEach((one) => one.setAttribute("tabindex", "-1"));
  ward.dressers.push((task) => {
    waits(task.fragment);
    holds(task.fragment);
    still(task.fragment);
  });
  const phone = matchMedia("(max-width: 599px)");
  const rowOf = () => parseFloat(getComputedStyle(page).getPropertyValue("--row")) * parseFloat(getComputedStyle(root).fontSize);
  const columns = () => [...page.querySelectorAll(".cal-col[data-kind]")].filter((one) => one.offsetParent);
  const calOf = (column) => column.closest(".cal");
  const rows = (column) => (Date.parse(calOf(column).dataset.to) - Date.parse(calOf(column).dataset.from)) / QUARTER;
  const at = (column, row) => Date.parse(calOf(column).dataset.from) + row * QUARTER;
  const label = (column) => `${column.querySelector("h3 a").firstChild.textContent}${words.view === "week" ? `, ${calOf(column).dataset.day}` : ""}`;
  let here = null; // { column: id, row, long }

  function top(piece) {
    return piece.getBoundingClientRect().top - piece.parentElement.getBoundingClientRect().top;
  }
  function taken(column, row) {
    const size = rowOf();
    return [...column.querySelectorAll(".ap")].find((one) => one.offsetParent && one.firstElementChild.matches("a") && top(one) < (row + 1) * size - 1 && top(one) + one.offsetHeight > row * size + 1);
  }
  const address = (path, column, row) => `${path}?at=${wall(at(column, row), calOf(column).dataset.zone)}&resource=${column.dataset.resource}`;
  const fresh = (column, row) => address(`/clinics/${words.clinic}/appointments/new`, column, row);

  /* The slot: one link that stands wherever nothing is taken. */
  function place(column, row) {
    const body = column.querySelector(".cal-body").getBoundingClientRect();
    const base = page.getBoundingClientRect();
    const size = rowOf();
    const time = wall(at(column, row), calOf(column).dataset.zone).slice(11);
    const open = ![...column.querySelectorAll(".shut")].some((one) => top(one) <= row * size + 1 && top(one) + one.offsetHeight > row * size + 1);
    here = { column: column.id, row };
    slot.toggleAttribute("data-ui-on", !phone.matches);
    Object.assign(slot.style, { left: `${body.left - base.left + 3}px`, top: `${body.top - base.top + row * size}px`, width: `${body.width - 6}px`, height: `${size}px` });
    slot.href = fresh(column, row);
    slot.textContent = time;
    slot.setAttribute("aria-label", fill(open ? words.free : words.shut, { who: label(column), time }));
  }
  function show(column, row) {
    const scroll = column.closest(page.querySelector(".cal-week") ? ".cal-week" : ".cal-scroll");
    const size = rowOf();
    const box = scroll.getBoundingClientRect();
    const body = column.querySelector(".cal-body").getBoundingClientRect();
    const [y, head, side] = [body.top + row * size, 60, 72];
    if (y < box.top + head) scroll.scrollTop -= box.top + head - y;
    if (y + size > box.bottom) scroll.scrollTop += y + size - box.bottom + 8;
    if (body.left < box.left + side) scroll.scrollLeft -= box.left + side - body.left;
    if (body.right > box.right) scroll.scrollLeft += body.right - box.right + 8;
  }
  function go(column, row) {
    show(column, row);
    const piece = taken(column, row);
    place(column, row);
    if (!piece) return slot.focus({ preventScroll: true });
    slot.removeAttribute("data-ui-on");
    slot.tabIndex = -1;
    piece.firstElementChild.setAttribute("tabindex", "0");
    piece.firstElementChild.focus({ preventScroll: true });
  }
  const rowOfPiece = (piece) => Math.round(top(piece) / rowOf());
  function begin() {
    const [column] = columns();
    if (!column || phone.matches) return;
    const now = Math.floor((ward.now() - at(column, 0)) / QUARTER);
    place(column, now >= 0 && now < rows(column) ? now : 0);
  }
  document.addEventListener("keydown", (event) => {
    const piece = event.target.closest?.(".ap");
    if (phone.matches || event.ctrlKey || event.metaKey || event.altKey || (event.target !== slot && !(piece && page.contains(piece)))) return;
    const all = columns();
    const column = piece ? piece.closest(".cal-col") : byId(here.column);
    const nth = all.indexOf(column);
    const row = piece ? Math.floor(top(piece) / rowOf() + 0.01) : here.row;
    const after = piece ? Math.ceil((top(piece) + piece.offsetHeight) / rowOf() - 0.01) : row + 1;
    const forward = root.dir === "rtl" ? -1 : 1;
    const held = piece ? Math.max(row, Math.min(here?.row ?? row, after - 1)) : row;
    const to = {
      ArrowDown: () => [column, after], ArrowUp: () => [column, row - 1], Home: () => [column, 0], End: () => [column, rows(column) - 1],
      PageDown: () => [column, row + 4], PageUp: () => [column, row - 4],
      ArrowRight: () => [all[nth + forward], held], ArrowLeft: () => [all[nth - forward], held],
    }[event.key]?.();
    if (!to) return;
    event.preventDefault();
    event.stopPropagation();
    const [next, wanted] = to;
    if (next) go(next, Math.max(0, Math.min(wanted, rows(next) - 1)));
  }, true);
  slot.addEventListener("blur", () => (slot.tabIndex = 0));
  slot.addEventListener("focus", () => here && byId(here.column) && show(byId(here.column), here.row));
  document.addEventListener("focusout", (event) => {
    if (!event.target.closest?.(".ap")) return;
    event.target.setAttribute("tabindex", "-1");
    slot.tabIndex = 0;
    slot.toggleAttribute("data-ui-on", !phone.matches);
  });

  /* Sheets: a slot that is pressed, a booking that is dropped. */
  const open = (path) => htmx.ajax("GET", path, { target: "#sheet", swap: "innerHTML", source: slot });
  slot.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(slot.getAttribute("href"));
  });
  page.addEventListener("click", (event) => {
    const link = event.target.closest(".ap a");
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    link.focus({ preventScroll: true });
    open(link.getAttribute("href"));
  });
  function under(x, y) {
    const column = document.elementsFromPoint(x, y).find((one) => one.matches(".cal-col[data-kind]"));
    if (!column) return null;
    const row = Math.floor((y - column.querySelector(".cal-body").getBoundingClientRect().top) / rowOf());
    return row >= 0 && row < rows(column) ? { column, row } : null;
  }
  page.addEventListener("click", (event) => {
    if (phone.matches || event.target.closest("a, button, .ap, .cal-head") || !event.target.closest(".cal-col")) return;
    const found = under(event.clientX, event.clientY);
    if (!found) return;
    place(found.column, found.row);
    slot.focus({ preventScroll: true });
    open(slot.getAttribute("href"));
  });

  let drag = null;
  page.addEventListener("pointerdown", (event) => {
    const piece = event.target.closest("[data-moves]");
    if (!piece || event.button || event.pointerType === "touch" || phone.matches) return;
    drag = { piece, x: event.clientX, y: event.clientY, grip: event.clientY - piece.getBoundingClientRect().top, ghost: null };
  });
  page.addEventListener("dragstart", (event) => event.preventDefault());
  function lift() {
    const box = drag.piece.getBoundingClientRect();
    drag.ghost = document.body.appendChild(Object.assign(document.createElement("div"), { id: "cal-ghost" }));
    Object.assign(drag.ghost.style, { width: `${box.width}px`, height: `${box.height}px` });
    drag.cal = drag.piece.closest(".cal");
    drag.cal.toggleAttribute("data-ui-dragging", true);
    drag.name = drag.piece.querySelector("b").textContent;
    for (const one of page.querySelectorAll(`[data-moves="${drag.piece.dataset.moves}"]`)) one.toggleAttribute("data-ui-moving", true);
  }
  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    if (!drag.ghost && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < 6) return;
    if (!drag.ghost) lift();
    event.preventDefault();
    drag.to = under(event.clientX, event.clientY - drag.grip + rowOf() / 2);
    const body = drag.to?.column.querySelector(".cal-body").getBoundingClientRect();
    Object.assign(drag.ghost.style, { left: `${body ? body.left + 3 : event.clientX}px`, top: `${body ? body.top + drag.to.row * rowOf() : event.clientY}px` });
    drag.ghost.textContent = drag.to ? `${wall(at(drag.to.column, drag.to.row), drag.cal.dataset.zone).slice(11)} ${drag.name}` : drag.name;
  });
  function drop(event) {
    if (!drag) return;
    const { piece, ghost, to, cal } = drag;
    drag = null;
    if (!ghost) return;
    ghost.remove();
    cal.removeAttribute("data-ui-dragging");
    page.querySelectorAll("[data-ui-moving]").forEach((one) => one.removeAttribute("data-ui-moving"));
    const swallow = (click) => (click.preventDefault(), click.stopImmediatePropagation());
    document.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => document.removeEventListener("click", swallow, { capture: true }), 0);
    if (event.type === "pointerup" && to && !(to.column === piece.closest(".cal-col") && to.row === rowOfPiece(piece))) open(address(`/appointments/${piece.dataset.moves}/move`, to.column, to.row));
  }
  for (const kind of ["pointerup", "pointercancel"]) document.addEventListener(kind, drop);
  document.addEventListener("keydown", (event) => event.key === "Escape" && drag && drop(event));

  /* Columns: day, room and clinician are the same day with fewer of them. */
  document.addEventListener("click", (event) => {
    const way = event.target.closest("[data-view-of]");
    if (way && !event.ctrlKey && !event.metaKey && !event.shiftKey && words.view !== "week" && way.dataset.viewOf !== "week" && !page.className) {
      event.preventDefault();
      page.dataset.view = way.dataset.viewOf;
      document.querySelectorAll("[data-view-of]").forEach((one) => (one === way ? one.setAttribute("aria-current", "true") : one.removeAttribute("aria-current")));
      history.replaceState(history.state, "", way.href);
      for (const id of ["cal-before", "cal-after", "cal-today"]) {
        const url = new URL(byId(id).href);
        url.searchParams.set("view", page.dataset.view);
        byId(id).href = url;
      }
      begin();
    }
    if (event.target.closest("[data-prints]")) print();
    const cancelled = event.target.closest("#cal-cancelled");
    if (cancelled) cancelled.setAttribute("aria-pressed", page.toggleAttribute("data-cancelled"));
  });
  byId("cal-date").addEventListener("click", ({ target }) => target.showPicker?.());
  byId("cal-date").addEventListener("change", (event) => event.target.value && event.target.form.requestSubmit());

  /* Drawn: after a frame everything of this page's own stands again. */
  const known = new Set();
  const pieces = () => [...page.querySelectorAll(".ap[id]")];
  function drawn() {
    for (const one of pieces()) {
      if (known.size && !known.has(one.id) && !one.matches(".held, .cancelled")) one.setAttribute("data-ui-changed", fill(ward.words.changed, { time: ward.clock(new Date(ward.now())) }));
      if (known.size && !known.has(one.id)) setTimeout(() => one.removeAttribute("data-ui-changed"), 60_000);
      known.add(one.id);
    }
    tick();
    still(page);
    const column = here && byId(here.column);
    const focused = document.activeElement?.closest?.(".ap a");
    if (focused) focused.setAttribute("tabindex", "0");
    else if (column && !drag) place(column, Math.min(here.row, rows(column) - 1));
  }
  pieces().forEach((one) => known.add(one.id));
  known.add("");
  document.addEventListener("ward:drawn", drawn);
  addEventListener("resize", begin);
  setInterval(tick, 10_000);

  /* The page opens where the day is. */
  still(page);
  tick();
  const line = page.querySelector(".cal-now[data-ui-on]");
  const scroll = page.querySelector(".cal-week") || page.querySelector(".cal-scroll");
  if (line && !phone.matches) scroll.scrollTop = line.offsetTop - scroll.clientHeight / 3;
  const today = page.querySelector(".cal-week>[data-ui-today]");
  if (today && !phone.matches) scroll.scrollLeft = today.offsetLeft - scroll.clientWidth / 2;
  begin();
}
