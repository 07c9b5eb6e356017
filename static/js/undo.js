/* Undo: what was just done can be taken back for ten seconds. Loaded by the pages that offer it; the sheet of what was done offers it as well. */
"use strict";
{
  const { ward } = window;
  const words = document.getElementById("undoes").dataset;
  const SHOWN = 10_000;

  async function undo(path, version, item) {
    item.remove();
    const body = new URLSearchParams({ version, idempotency_key: crypto.randomUUID() });
    const answer = await fetch(path, { method: "POST", body, headers: { "HX-Request": "true" } }).catch(() => null);
    if (answer?.ok) return ward.toast(words.undone);
    const page = new DOMParser().parseFromString((await answer?.text()) || "", "text/html");
    ward.refuse(page.querySelector("main p, p")?.textContent || document.getElementById("words").dataset.notSaved);
  }
  function offer(told) {
    const [path, version] = told.split(" ");
    const toasts = document.getElementById("toasts");
    const saved = toasts.lastElementChild; // which sheet.js has just said
    const item = document.createElement("li");
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: words.undo });
    toasts.querySelectorAll("[data-undo]").forEach((one) => one.remove()); // only the last
    item.dataset.undo = path;
    item.append(saved && !saved.dataset.undo ? saved.textContent : "", button);
    saved?.remove();
    button.addEventListener("click", () => undo(path, version, item));
    toasts.append(item);
    setTimeout(() => item.remove(), SHOWN);
  }
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    const told = ctx.response?.status < 400 && ctx.response.headers?.get("Ward-Undo");
    if (told) setTimeout(offer, 0, told);
  });
}
