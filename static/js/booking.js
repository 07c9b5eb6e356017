/* Booking: a time is kept while its sheet is open, and let go when it closes. Loaded by the sheets that keep one; everything works without. */
"use strict";
if (!window.wardBooking) {
  window.wardBooking = true;
  const sheet = document.getElementById("sheet");
  let ends = "";

  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    const kept = ctx.sourceElement;
    if (!kept.matches?.("#kept")) return;
    ctx.asks = true; // to keep a time is no answer to what was just refused
    ctx.fetch = async (...request) => {
      const answer = await fetch(...request);
      ends = answer.headers.get("Ward-Ends") || ends;
      if (!kept.isConnected || !sheet.open) letGo(); // it came after the sheet was closed
      return answer;
    };
  });
  function letGo() {
    if (ends) fetch(ends, { method: "POST", keepalive: true, headers: { "HX-Request": "true" } }).catch(() => {});
    ends = "";
  }
  sheet.addEventListener("close", letGo);
  addEventListener("pagehide", letGo);
}
