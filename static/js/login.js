/* Sign in: fill in a demo user name, show what was typed; a tile or a badge leads to the PIN, whose last
   digit sends it. Without it the forms work all the same. */
{
  const $ = (id) => document.getElementById(id);
  document.addEventListener("click", (event) => {
    const fill = event.target.closest("[data-fill]");
    if (fill) {
      $("username").value = fill.dataset.fill;
      $("password").focus();
    }
    const reveal = event.target.closest("[data-reveal]");
    if (reveal) {
      const field = $(reveal.dataset.reveal);
      const shown = field.type === "password";
      field.type = shown ? "text" : "password";
      reveal.setAttribute("aria-pressed", String(shown));
    }
  });
  const form = $("pin-form");
  form?.addEventListener("change", ({ target }) => {
    if (target.name !== "who") return;
    $("badge").value = "";
    $("pin").focus();
  });
  $("badge")?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return; // how a scanner ends
    event.preventDefault();
    form.querySelectorAll("[name=who]").forEach((one) => (one.checked = false));
    $("pin").focus();
  });
  $("pin")?.addEventListener("input", ({ target }) => target.value.length === target.maxLength && form.requestSubmit());
  if (form && !document.querySelector("[autofocus]")) $("badge").focus({ preventScroll: true });
  navigator.serviceWorker?.register("/sw.js").catch(() => {});
}
