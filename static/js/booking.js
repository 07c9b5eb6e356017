/* Booking: a time is kept while its sheet is open, and let go when it closes. Loaded by the sheets that keep one; everything works without. */
"use strict";
if (!window.wardBooking) {
  window.wardBooking = true;
  const sheet = document.getElementById("sheet");
  let ends = "";

  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    if (ctx.sourceElement.matches?.("#kept")) ctx.asks = true; // to keep a time is no answer to what was just refused
  });
  document.addEventListener("htmx:after:swap", () => (ends = document.querySelector("#kept [data-ends]")?.dataset.ends || ends));
  function letGo() {
    if (ends) fetch(ends, { method: "POST", keepalive: true, headers: { "HX-Request": "true" } }).catch(() => {});
    ends = "";
  }
  sheet.addEventListener("close", letGo);
  addEventListener("pagehide", letGo);
}
