/* Place: the top bar says what the board is called, also when somebody calls it otherwise. Loaded by the board. */
"use strict";
{
  const shown = document.querySelector(".top .place span");
  const main = document.getElementById("main");
  new MutationObserver(() => {
    const name = main.querySelector("[data-place]")?.dataset.place;
    if (name && shown && shown.textContent !== name) shown.textContent = name;
  }).observe(main, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-place"] });
}
