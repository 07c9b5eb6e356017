/* Order: keys of the order form. It asks while it is filled in and keeps nothing; no key ever signs.
   Loaded by the sheet that needs it; everything works without. */
"use strict";
if (!window.wardOrder) {
  window.wardOrder = true;
  const form = () => document.getElementById("order");

  /* A question records nothing, and the form's key stays the form's. */
  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    if (!ctx.sourceElement.matches("#order [data-asks]")) return;
    ctx.asks = true;
    for (const name of ["idempotency_key", "version"]) ctx.request.body.delete(name);
  });

  /* While the answer to one button is on its way another is not pressed: it would bring back what the first took away. */
  let asked = -Infinity;
  document.addEventListener("htmx:before:request", (event) => {
    if (event.defaultPrevented || !event.detail.ctx.sourceElement.matches?.("#order button[data-asks]")) return;
    if (performance.now() - asked < 5000) event.preventDefault();
    else asked = performance.now();
  });
  for (const kind of ["htmx:after:swap", "htmx:error"]) document.addEventListener(kind, () => (asked = -Infinity));

  /* Enter goes on: from the search to the first medicine found, from a field to the next one. */
  const seen = (one) => one.checkVisibility() && !one.disabled;
  const fields = () => [...form().querySelectorAll("#order-fields :is(input:not([type=hidden], [type=radio], [type=checkbox]), select), #order-said :is(select, input), #f-q, #f-prescriber_id")].filter(seen);
  function next(here) {
    const all = fields();
    const after = all[all.indexOf(here) + 1] || form().querySelector("#order-sign");
    after.focus();
    after.select?.();
  }
  document.addEventListener("keydown", (event) => {
    const here = event.target;
    if (event.isComposing || !here.closest?.("#order")) return;
    const found = [...form().querySelectorAll(".ord-found button")];
    const at = found.indexOf(here);
    if (event.key === "Enter" && here.matches("input, select")) {
      event.preventDefault();
      if (here.id === "f-q" && here.value.trim()) {
        const first = form().querySelector("#pick-1");
        if (first && here.dataset.uiFound === here.value) first.click();
        else here.dataset.uiWants = here.value; // the answer is on its way
      } else next(here);
    }
    if (!["ArrowDown", "ArrowUp"].includes(event.key) || !found.length || !(here.id === "f-q" || at >= 0)) return;
    event.preventDefault();
    const to = at + (event.key === "ArrowDown" ? 1 : -1);
    (to < 0 ? form().querySelector("#f-q") : found[Math.min(to, found.length - 1)]).focus();
  });
  document.addEventListener("htmx:after:swap", () => {
    const search = form()?.querySelector("#f-q");
    for (const date of document.querySelectorAll("#order .when input")) date.dispatchEvent(new Event("focusout", { bubbles: true })); // its words are written anew
    if (!search) return;
    search.dataset.uiFound = search.value;
    if (search.dataset.uiWants && search.dataset.uiWants === search.value) {
      delete search.dataset.uiWants;
      form().querySelector("#pick-1")?.click();
    }
  });
}
