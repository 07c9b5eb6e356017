/* Portal: free times are fetched again when what is free has changed. Loaded by the page on which a patient chooses one. */
"use strict";
{
  const mark = () => document.querySelector("[data-free]")?.dataset.free;
  let shown = mark();
  document.addEventListener("ward:applied", () => {
    if (mark() === shown) return;
    shown = mark();
    htmx.trigger("#times", "renew");
  });
}
