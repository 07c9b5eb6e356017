/* Arrivals: who waits long, and too long. Loaded by the page of a waiting room; screen.js counts the minutes. */
"use strict";
{
  const { ward } = window;
  const page = document.getElementById("arrivals");
  const MINUTE = 60_000;
  function waits(within) {
    for (const one of within.querySelectorAll("[data-since], [data-ui-wait]")) {
      const minutes = (ward.now() - Date.parse(one.dataset.since)) / MINUTE; // NaN of who waits no more
      const how = minutes >= page.dataset.tooLong ? "too-long" : minutes >= page.dataset.long ? "long" : "";
      if (how) one.setAttribute("data-ui-wait", how);
      else one.removeAttribute("data-ui-wait");
    }
  }
  ward.dressers.push((task) => waits(task.fragment));
  document.addEventListener("ward:drawn", () => waits(page));
  setInterval(() => waits(page), 10_000);
  waits(page);
}
