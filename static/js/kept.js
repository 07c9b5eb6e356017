/* Kept: tells the server how somebody looks at this board, so that their next browser begins with it.
   sheet.js fetches this file on a board. */
"use strict";
{
  const narrow = matchMedia("(max-width: 599px)").matches;
  const shown = (address) => new URL(address).searchParams.get("show") || "";
  let waiting = {};
  let soon = 0;

  function keep(name, value) {
    waiting[name] = value;
    clearTimeout(soon);
    soon = setTimeout(send, 300); // several presses are one choice
  }
  function send() {
    clearTimeout(soon);
    if (!Object.keys(waiting).length) return;
    const body = new URLSearchParams({ ...waiting, idempotency_key: crypto.randomUUID?.() || `${Date.now()}-${Math.random()}` });
    waiting = {};
    fetch(`${location.pathname}/choices`, { method: "POST", body, headers: { "HX-Request": "true" }, keepalive: true }).catch(() => {}); // kept in this browser alone
  }

  let show = shown(performance.getEntriesByType("navigation")[0]?.name || location.href);
  function filters() {
    const now = shown(location.href); // board.js writes what is pressed into the address
    if (now !== show) keep("show", (show = now));
  }
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-filter], [data-unfilter]")) return;
    show = null; // what was kept need not stand in the address
    filters();
  });
  document.addEventListener("ward:chosen", ({ detail: { name, value } }) => {
    if (name === "density") keep(narrow ? "narrow" : name, value);
    if (name === "sort" || name === "only") keep(name, value === "all" ? "" : value);
  });
  addEventListener("pagehide", send);
  filters(); // what was pressed before this file came
}
