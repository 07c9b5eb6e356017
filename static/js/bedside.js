/* Bedside: while the sheet of a dose is open every station shows who is there; it is put down when the sheet closes.
   Loaded by that sheet; without it the claim ends by itself. */
"use strict";
if (!window.wardBedside) {
  window.wardBedside = true;
  const sheet = document.getElementById("sheet");
  const RENEW = 40_000; // a claim is shown for 90 s
  let held = null;
  let timer = null;
  const tell = (path) => fetch(path, { method: "POST", headers: { "HX-Request": "true" }, keepalive: true }).catch(() => {});
  function look() {
    const now = sheet?.querySelector("[data-lease]");
    if (now?.dataset.lease === held?.dataset.lease) {
      held = now;
      return;
    }
    clearInterval(timer);
    const before = held;
    held = now;
    if (!now) return before && tell(before.dataset.stays);
    tell(now.dataset.lease);
    timer = setInterval(tell, RENEW, now.dataset.lease);
  }
  if (sheet) new MutationObserver(look).observe(sheet, { childList: true });
  look();
}
