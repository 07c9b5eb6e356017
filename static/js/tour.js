/* Tour: leads through this page step by step; here only when somebody asked to be shown around. */
"use strict";
{
  const list = document.getElementById("tour");
  const { next, back, done, close, of } = list.dataset;
  const shown = (selector) => [...document.querySelectorAll(selector)].find((one) => one.getClientRects().length && getComputedStyle(one).visibility === "visible");
  const steps = [...list.children]
    .filter((item) => shown(item.dataset.at))
    .map((item) => ({ element: () => shown(item.dataset.at), popover: { title: item.firstElementChild.innerHTML, description: item.lastElementChild.innerHTML } }));

  /* What is shown stays what it is: no marks that say it opens something. */
  function plain(element) {
    for (const name of ["aria-haspopup", "aria-expanded", "aria-controls"]) element?.removeAttribute(name);
  }
  const tour = window.driver.js.driver({
    steps,
    animate: false, // nothing moves but what changes on the ward
    overlayOpacity: 0.35, // what happens on the ward stays readable beside it
    stagePadding: 6,
    showProgress: true,
    progressText: of.replace("{n}", "{{current}}").replace("{all}", "{{total}}"),
    nextBtnText: next,
    prevBtnText: back,
    doneBtnText: done,
    onPopoverRender: ({ title, footer, closeButton, nextButton }) => {
      for (const part of [title, footer]) part.setAttribute("role", "none"); // or they were landmarks of the page
      closeButton.setAttribute("aria-label", close);
      queueMicrotask(() => nextButton.focus());
    },
    onHighlighted: plain,
    onDestroyed: () => {
      watch.disconnect();
      const here = new URL(location);
      here.searchParams.delete("tour");
      history.replaceState(null, "", here);
      if (!document.querySelector("dialog[open]")) document.querySelector("#user-menu > summary")?.focus();
    },
  });

  /* It gives way: to an alert that is called out, to a form that opens, to the end of the session. */
  const watch = new MutationObserver(() => tour.destroy());
  function give() {
    const { live } = document.documentElement.dataset;
    if (live === "over") tour.destroy();
    else tour.refresh();
  }
  function begin() {
    watch.observe(document.getElementById("shout"), { childList: true, characterData: true, subtree: true });
    for (const dialog of document.querySelectorAll("dialog")) watch.observe(dialog, { attributeFilter: ["open"] });
    document.addEventListener("ward:freshness", give);
    document.addEventListener("ward:drawn", give);
    tour.drive();
  }
  if (steps.length) addEventListener("load", begin, { once: true });
}
