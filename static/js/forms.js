/* Forms: dates as the ward writes them, fields that are wrong, and a form that came too late.
   sheet.js fetches this file. */
"use strict";
{
  const { words, fill } = window.ward;
  const sheet = document.getElementById("sheet");
  const problem = document.getElementById("problem");
  const titled = (within) => within.closest(".sheet")?.querySelector("header p")?.textContent.trim();

  /* A native field shows a date in the browser's format: beside it stands "Mon 23-Nov-2026 14:30". */
  function date(value) {
    if (!value) return "";
    const [day, month, number, year] = new Date(value.length > 10 ? value : `${value}T00:00`).toDateString().split(" ");
    return `${day} ${number}-${month}-${year} ${value.slice(11, 16)}`.trim();
  }
  function say(input) {
    const said = input.nextElementSibling;
    if (!said?.matches(".said")) return;
    said.textContent = date(input.value);
    said.toggleAttribute("data-ui-on", !input.validity.badInput); // half a date stays to be seen
  }
  const dates = () => document.querySelectorAll(".when input").forEach(say);
  for (const kind of ["input", "change", "focusout"]) document.addEventListener(kind, ({ target }) => target.matches?.("input") && say(target));
  document.addEventListener("input", ({ target }) => target.removeAttribute("aria-invalid"));

  /* What a field says in words: as it was drawn, or as it stands now. */
  function said(form, name, drawn) {
    const [field] = form.querySelectorAll(`[name="${name}"]`);
    if (!field) return "";
    if (field.matches("select")) return [...field.options].find((one) => one.value && (drawn ? one.defaultSelected : one.selected))?.textContent || "";
    if (field.matches("[type=radio], [type=checkbox]")) {
      const chosen = [...form.querySelectorAll(`[name="${name}"]`)].filter((one) => (drawn ? one.defaultChecked : one.checked));
      return chosen.map((one) => one.closest("label").textContent.trim().replace(/\s+/g, " ")).join(", ");
    }
    const value = drawn ? field.defaultValue : field.value;
    return field.matches("[type^=date]") ? date(value) : value;
  }
  const label = (field) => (field.closest("fieldset")?.querySelector("legend") || field.closest(".field")?.querySelector("label"))?.firstChild.textContent.trim();

  /* Theirs beside mine: what somebody else changed meanwhile. What was typed stays. */
  async function beside(form) {
    const url = sheet.contains(form) ? window.ward.source : location.href;
    const answer = await fetch(url, { headers: { "HX-Request": "true" }, cache: "no-store" });
    if (!answer.ok || !form.isConnected) return;
    const theirs = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("form[data-records]");
    if (!theirs) return;
    const rows = [];
    if (titled(theirs) !== titled(form)) rows.push(["", titled(theirs), titled(form)]);
    for (const name of new Set([...form.elements].filter((field) => label(field)).map((field) => field.name))) {
      const now = said(theirs, name, true);
      if (now !== said(form, name, true)) rows.push([label(form.querySelector(`[name="${name}"]`)), now, said(form, name)]);
    }
    for (const name of ["version", "idempotency_key"]) {
      const [mine, fresh] = [form, theirs].map((one) => one.querySelector(`[name="${name}"]`));
      if (mine && fresh) mine.value = fresh.value; // to press again is to have seen it
    }
    tell(form, rows);
  }
  function tell(form, rows) {
    const make = (tag, ...inner) => {
      const element = document.createElement(tag);
      element.append(...inner);
      return element;
    };
    const parts = [];
    if (rows.length) {
      const head = make("tr", make("td"), make("th", words.theirs), make("th", words.mine));
      const lines = rows.map(([name, ...both]) => make("tr", make("th", name), ...both.map((one) => make("td", one || words.empty))));
      const table = make("table", make("thead", head), make("tbody", ...lines));
      table.className = "both";
      parts.push(table);
    }
    const button = form.querySelector("[data-busy]")?.textContent.trim();
    parts.push(make("p", fill(words.kept, { button })));
    problem.lastElementChild.before(...parts);
  }

  /* A refusal has come: its fields are marked, and after a conflict both sides are shown. */
  function refused({ detail: { ctx } }) {
    const names = problem.querySelector("[data-fields]")?.dataset.fields.split(" ") || [];
    for (const name of names) document.getElementById(`f-${name}`)?.setAttribute("aria-invalid", "true");
    const form = ctx.records?.matches?.("form") && ctx.records;
    if (ctx.response.status === 409 && form) beside(form).catch(() => {});
  }
  document.addEventListener("ward:refused", refused);
  new MutationObserver(dates).observe(sheet, { childList: true });
  dates();
}
