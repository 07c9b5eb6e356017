/* Bays: the beds of a board grouped by the room they stand in. board.js fetches this file. */
"use strict";
{
  const { words, fill } = window.ward;
  const bays = () => document.documentElement.dataset.density === "bays";

  function head(name, beds) {
    const item = document.createElement("li");
    item.className = "bay";
    const title = document.createElement("h3");
    const small = document.createElement("small");
    const taken = beds.filter((bed) => bed.dataset.patient).length;
    small.textContent = fill(words.bayCount, { n: taken, all: beds.length });
    title.append(name || words.bayNone, " ", small);
    item.append(title);
    return item;
  }
  /* Beds of a room stand together, in the order they have; rooms in the order of their first bed;
     rooms of one bed together at the end. */
  window.ward.group = () => {
    const list = document.querySelector("[data-list]");
    const heads = list ? [...list.querySelectorAll(":scope > .bay")] : [];
    heads.forEach((one) => one.remove());
    if (!list || !bays()) return;
    const rooms = new Map();
    for (const bed of list.children) {
      const name = bed.dataset.bay || "";
      rooms.set(name, [...(rooms.get(name) || []), bed]);
    }
    const single = [...rooms].filter(([name, beds]) => name && beds.length === 1);
    if (single.length > 1) {
      for (const [name] of single) rooms.delete(name);
      rooms.set(words.baySingle, single.flatMap(([, beds]) => beds));
    }
    let at = list.firstElementChild;
    for (const [name, beds] of rooms) {
      const known = beds.filter((bed) => !bed.matches("[data-ui-new]")); // what a filter hides still lies there
      if (known.some((bed) => !bed.matches("[data-ui-out]"))) list.insertBefore(head(name, known), at);
      for (const bed of beds) {
        if (bed === at) at = at.nextElementSibling;
        else list[list.moveBefore ? "moveBefore" : "insertBefore"](bed, at);
      }
    }
  };
  window.ward.group();
}
