/* Sign in: fill in a demo user name, show what was typed. Without it the form works all the same. */
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
  navigator.serviceWorker?.register("/sw.js").catch(() => {});
}
