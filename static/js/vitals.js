/* Vitals: Enter goes to the next field of the bedside sheet; ranges without a new page; reading the
   chart by mouse or arrow keys. Loaded by the pages and the sheet that need it; everything works without. */
"use strict";
if (!window.wardVitals) {
  window.wardVitals = true;
  const page = () => document.getElementById("obs");

  /* The score is asked in a body and keeps nothing: it records nothing, and the form's key stays the form's. */
  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    if (!ctx.sourceElement.matches("[data-asks]")) return;
    ctx.asks = true;
    for (const name of ["idempotency_key", "version"]) ctx.request.body.delete(name);
  });

  /* The sheet: a set is typed with numbers and Enter; Enter never records. */
  const typed = (form) => [...form.querySelectorAll(".obs-in, .obs-seg input, .obs-o2 select")].filter((one) => one.checkVisibility());
  document.addEventListener("keydown", (event) => {
    const here = event.target;
    const form = here.closest?.("#observe");
    if (!form || event.key !== "Enter" || event.isComposing || here.matches("button, summary, textarea, a")) return;
    event.preventDefault();
    const fields = typed(form);
    const group = (one) => (one.type === "radio" ? one.name : one.id);
    const next = fields.slice(fields.indexOf(here) + 1).find((one) => group(one) !== group(here));
    const chosen = next?.type === "radio" && form.querySelector(`[name="${next.name}"]:checked`);
    (chosen || next || form.querySelector("footer [type=submit]")).focus();
  });
  /* One letter chooses the level of consciousness. */
  document.addEventListener("keydown", (event) => {
    if (!event.target.matches?.("#observe [name=consciousness]") || event.ctrlKey || event.metaKey || event.altKey) return;
    const wanted = event.target.form.querySelector(`[name=consciousness][value="${CSS.escape(event.key.toUpperCase())}"]`);
    if (!wanted) return;
    event.preventDefault();
    wanted.focus();
    wanted.click();
  });

  /* Ranges: those that are live are all here already. */
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-of], [data-as-of]");
    const wrap = page();
    if (event.target.closest("[data-prints]")) print();
    const file = event.target.closest("[data-file]");
    if (file) file.search = `?range=${wrap.dataset.range}`;
    if (!link || !wrap || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const range = link.dataset.of || wrap.dataset.range;
    const as = link.dataset.asOf || wrap.dataset.as;
    const search = `?range=${range}&as=${as}`;
    if (range === "all" && !document.getElementById("obs-all")) link.search = search;
    else {
      event.preventDefault();
      Object.assign(wrap.dataset, { range, as });
      history.replaceState(history.state, "", search);
      hide();
    }
  });

  /* Reading: a line over all rows, and in words what was recorded then. */
  let at = -1;
  const shown = () => page() && [...page().querySelectorAll(".obs[data-start]")].find((one) => one.checkVisibility());
  const sets = (chart) => {
    const lines = document.querySelectorAll(chart.id === "obs-all" ? "#all-obs-table tr[data-at]" : "#obs-table tr[data-at]");
    const [start, end] = [Date.parse(chart.dataset.start), Date.parse(chart.dataset.end)];
    const rows = [...lines].filter((row) => !row.matches(".wrong") && Date.parse(row.dataset.at) >= start);
    return rows.reverse().map((row) => ({ row, share: 0.02 + (0.96 * (Date.parse(row.dataset.at) - start)) / (end - start) }));
  };
  function hide() {
    at = -1;
    document.getElementById("obs-line")?.remove();
    const read = document.getElementById("obs-read");
    if (read) read.hidden = true;
  }
  function read(chart, index) {
    const all = sets(chart);
    const one = all[Math.max(0, Math.min(index, all.length - 1))];
    const plots = [...chart.querySelectorAll(".obs-plot")].map((plot) => plot.getBoundingClientRect());
    if (!one || !plots.length) return;
    at = all.indexOf(one);
    const line = document.getElementById("obs-line") || document.body.appendChild(Object.assign(document.createElement("div"), { id: "obs-line" }));
    const [first, last] = [plots[0], plots[plots.length - 1]];
    line.style.left = `${first.left + scrollX + first.width * one.share}px`;
    line.style.top = `${first.top + scrollY}px`;
    line.style.height = `${last.bottom - first.top}px`;
    const heads = [...one.row.closest("table").querySelectorAll("thead th")].map((head) => head.textContent);
    const said = [...one.row.cells].slice(1, 9).map((cell, index) => `${heads[index + 1]} ${cell.firstChild?.textContent.trim() || ""}`);
    const words = document.getElementById("obs-read");
    words.hidden = false;
    words.textContent = `${one.row.querySelector("time").textContent} · ${said.join(" · ")}`;
  }
  document.addEventListener("pointermove", (event) => {
    const chart = event.target.closest?.(".obs[data-start]");
    const plot = chart?.querySelector(".obs-plot")?.getBoundingClientRect();
    if (!plot || event.clientX < plot.left || event.clientX > plot.right) {
      if (at >= 0 && !document.activeElement?.matches(".obs")) hide();
      return;
    }
    const share = (event.clientX - plot.left) / plot.width;
    const all = sets(chart);
    let best = -1;
    all.forEach((one, index) => (best = best < 0 || Math.abs(one.share - share) < Math.abs(all[best].share - share) ? index : best));
    if (best >= 0 && best !== at) read(chart, best);
  });
  document.addEventListener("keydown", (event) => {
    const chart = event.target.matches?.(".obs[data-start]") && shown();
    if (!chart) return;
    const last = sets(chart).length - 1;
    const to = { ArrowLeft: () => (at < 0 ? last : at - 1), ArrowRight: () => (at < 0 ? last : at + 1), Home: () => 0, End: () => last, Escape: () => null }[event.key]?.();
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (to === null) hide();
    else read(chart, to);
  }, true);
  document.addEventListener("focusout", (event) => event.target.matches?.(".obs") && hide());
  document.addEventListener("ward:drawn", () => at >= 0 && (shown() ? read(shown(), at) : hide()));
}
