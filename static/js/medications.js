/* Medicines: the order of the lines, where now is, which shift is shown, and reading the grid with arrow
   keys. Loaded by the chart and the care view; everything is there without. Another person's change moves
   nothing: what is new stands at the end, and Show sorts. */
"use strict";
if (!window.wardMedications) {
  window.wardMedications = true;
  const { ward } = window, { words, fill, now } = ward;
  const wrap = () => document.getElementById("mar");
  const list = () => document.querySelector("[data-lines]");
  const lines = () => (list() ? [...list().children].filter((row) => row.id) : []);
  const order = new Map(); // the order of the server: the fixed one
  let own = 0; // until when a frame is this user's doing

  /* What comes first: by rank and by time, or by route, or as prescribed. */
  const rank = (row) => `${row.dataset.rank}${row.dataset.first || "z"}`;
  const byDue = (a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : order.get(a.id) - order.get(b.id));
  const modes = {
    due: byDue,
    route: (a, b) => (a.dataset.rank === "5") - (b.dataset.rank === "5") || a.dataset.route.localeCompare(b.dataset.route) || byDue(a, b),
    fixed: (a, b) => order.get(a.id) - order.get(b.id),
  };
  const sorted = () => lines().sort(modes[wrap().dataset.group] || byDue);
  const remember = (rows) => rows.forEach((row, index) => order.set(row.id, index));
  function sort() {
    const held = list();
    if (!held) return;
    for (const group of held.querySelectorAll(".group")) group.remove();
    const focus = document.activeElement;
    const wanted = sorted();
    wanted.forEach((row, index) => held.children[index] !== row && held[held.moveBefore ? "moveBefore" : "insertBefore"](row, held.children[index]));
    if (focus !== document.activeElement) focus?.focus({ preventScroll: true });
    group();
    told();
  }
  /* Headings of the routes are the page's own. */
  function group() {
    if (wrap().dataset.group !== "route") return;
    let route = "";
    for (const row of lines()) {
      if (row.dataset.rank === "5" || row.dataset.route === route) continue;
      route = row.dataset.route;
      const head = document.createElement("tr");
      head.className = "group";
      const cell = Object.assign(document.createElement("th"), { colSpan: row.children.length, textContent: route[0].toUpperCase() + route.slice(1) });
      cell.scope = "rowgroup";
      head.append(cell);
      row.before(head);
    }
  }
  function told() {
    const bar = document.querySelector("[data-news]");
    if (!bar) return;
    const wanted = sorted();
    const moved = lines().filter((row, index) => rank(row)[0] !== rank(wanted[index])[0]).length;
    bar.hidden = !moved || wrap().dataset.group === "fixed";
    bar.querySelector("span").textContent = moved === 1 ? words.listOne : fill(words.listMany, { n: moved });
  }

  /* A whole frame keeps the order that is looked at; new lines come last. */
  ward.dressers.push((task) => {
    const next = task.fragment.querySelector("[data-lines]");
    const held = list();
    if (!next || !held?.children.length) return;
    remember([...next.children]);
    if (Date.now() < own) return;
    const coming = new Map([...next.children].map((row) => [row.id, row]));
    const kept = lines().map((row) => coming.get(row.id)).filter(Boolean);
    kept.forEach((row) => coming.delete(row.id));
    next.replaceChildren(...kept, ...coming.values());
  });
  document.addEventListener("ward:saved", () => (own = Date.now() + 2000));
  document.addEventListener("ward:drawn", () => {
    if (!list()) return;
    for (const row of lines()) if (!order.has(row.id)) order.set(row.id, order.size);
    if (Date.now() < own) sort();
    else if (!list().querySelector(".group")) group();
    told();
    here();
    shift();
    marked();
    setTimeout(marked, 60_500);
  });

  /* Now: which hours are past, and where the present one begins. */
  function here() {
    for (const table of document.querySelectorAll(".mar table")) {
      const hours = [...table.querySelectorAll(".hour[data-from]")];
      const before = Number(table.dataset.before);
      const last = hours.filter((hour) => Date.parse(hour.dataset.from) <= now()).length - 1;
      const at = hours.length && last < hours.length - 1 ? last + 1 : last;
      const day = 86_400_000;
      const other = table.closest(".mar-other") && hours.length && Math.abs(now() - Date.parse(hours[0].dataset.from)) > day;
      const current = other ? (last < 0 ? 0 : hours.length) : last >= 0 && now() - Date.parse(hours[last].dataset.from) < 3_600_000 ? last : at;
      hours.forEach((hour, index) => {
        hour.toggleAttribute("data-ui-past", index < current);
        if (index === current) hour.setAttribute("data-ui-now", last === current ? words.nowDue : "");
        else hour.removeAttribute("data-ui-now");
      });
      for (const row of table.tBodies[0].rows) {
        hours.forEach((_, index) => {
          const cell = row.cells[before + index];
          cell?.toggleAttribute("data-ui-past", index < current);
          cell?.toggleAttribute("data-ui-now", index === current);
        });
      }
    }
  }
  /* What another person changed carries its time for a minute, in the cell that stays in sight. */
  function marked() {
    for (const row of lines()) {
      const head = row.cells[0];
      if (row.dataset.uiChanged) head.dataset.uiMark = row.dataset.uiChanged;
      else delete head.dataset.uiMark;
    }
  }
  /* Shifts: the hours of the others are not shown; what is overdue stands before them all. */
  let rule = null;
  function shift() {
    const wanted = wrap()?.dataset.shift;
    if (!wanted) return;
    const hours = [...document.querySelectorAll(".care .hour")];
    const ends = (hour) => Date.parse(hour.dataset.from) + 3_600_000;
    const ahead = hours.findIndex((hour) => ends(hour) > now());
    const begin = wanted === "next" ? ahead : hours.findIndex((hour) => hour.dataset.turn === wanted && (ends(hour) > now() || hour.dataset.turn === hours[ahead]?.dataset.turn));
    const end = wanted === "next" ? begin + 12 : hours.findIndex((hour, index) => index > begin && hour.dataset.turn !== wanted);
    const out = wanted === "all" ? [] : hours.map((_, index) => index).filter((index) => index < begin || (end > 0 && index >= end));
    const sheet = [...document.styleSheets].find((one) => one.href?.includes("medications.css"));
    if (rule !== null) sheet.deleteRule(rule);
    const places = out.map((index) => `:nth-child(${index + 3})`);
    rule = places.length ? sheet.insertRule(`.care tr>:is(${places}){display:none}`, sheet.cssRules.length) : null;
  }
  function reveal() {
    const scroll = document.querySelector(".mar .scroll");
    const hour = scroll?.querySelector(".hour[data-ui-now]");
    const first = scroll?.querySelector("tbody th");
    if (hour && scroll.scrollWidth > scroll.clientWidth) scroll.scrollLeft = hour.offsetLeft - first.offsetWidth - hour.offsetWidth - 8;
  }
  setInterval(() => {
    here();
    shift();
  }, 30_000);

  document.addEventListener("click", (event) => {
    const mode = event.target.closest("[data-group-of], [data-shift-of]");
    if (event.target.closest("[data-sorts]")) {
      sort();
      list().querySelector(".cell")?.focus({ preventScroll: true });
    }
    if (!mode || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const [name, value] = mode.dataset.shiftOf ? ["shift", mode.dataset.shiftOf] : ["group", mode.dataset.groupOf];
    wrap().dataset[name] = value;
    const url = new URL(location.href);
    url.searchParams.set(name, value);
    history.replaceState(history.state, "", url);
    if (name === "group") sort();
    shift();
  });

  /* Arrow keys go from dose to dose. */
  document.addEventListener("keydown", (event) => {
    const cell = event.target.closest?.(".mar .cell");
    if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
    const column = cell.closest("td")?.cellIndex ?? 0;
    const row = cell.closest("tr");
    const inRow = [...row.querySelectorAll(".cell")];
    const rows = [...row.parentElement.rows].filter((one) => one.querySelector(".cell"));
    const near = (other) => other && [...other.querySelectorAll(".cell")].sort((a, b) => Math.abs(a.closest("td").cellIndex - column) - Math.abs(b.closest("td").cellIndex - column))[0];
    const to = {
      ArrowLeft: () => inRow[inRow.indexOf(cell) - 1],
      ArrowRight: () => inRow[inRow.indexOf(cell) + 1],
      ArrowUp: () => near(rows[rows.indexOf(row) - 1]),
      ArrowDown: () => near(rows[rows.indexOf(row) + 1]),
      Home: () => inRow[0],
      End: () => inRow.at(-1),
    }[event.key]?.();
    if (!to) return;
    event.preventDefault();
    to.focus();
  });

  remember(lines());
  sort();
  here();
  shift();
  reveal();
}
