/* Install: puts Ward among the apps of this device where the browser offers that, and says how where it does not. */
"use strict";
{
  const panel = document.getElementById("install");
  let offer = null;

  function show(state) {
    for (const part of panel.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== state;
  }
  const installed = matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;
  const apple = /iP(hone|ad|od)/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
  show(installed ? "in" : apple ? "apple" : "other");

  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault(); // the button asks, when somebody presses it
    offer = event;
    show("offered");
  });
  addEventListener("appinstalled", () => show("done"));
  panel.querySelector("button").addEventListener("click", async () => {
    const asked = offer;
    offer = null; // the browser answers each offer once
    await asked.prompt();
    const { outcome } = await asked.userChoice;
    show(outcome === "accepted" ? "done" : "other");
  });
}
