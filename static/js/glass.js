/* Glass: counts down what break-glass has opened. Loaded on the pages of whoever has something open. */
"use strict";
{
  const { fill, now, dressers } = window.ward;
  function count(within) {
    for (const time of within.querySelectorAll("time[data-ends]")) {
      const seconds = Math.max(0, Math.ceil((Date.parse(time.dataset.ends) - now()) / 1000));
      const minutes = Math.ceil(seconds / 60);
      const words = minutes >= 60 ? time.dataset.h : seconds > 90 ? time.dataset.m : time.dataset.s;
      const left = fill(words, { h: Math.floor(minutes / 60), m: words === time.dataset.h ? minutes % 60 : minutes, s: seconds });
      if (time.textContent !== left) time.textContent = left;
    }
  }
  dressers.push((task) => count(task.fragment));
  setInterval(() => count(document), 1000);
  count(document);
}
