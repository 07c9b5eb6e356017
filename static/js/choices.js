/* Choices: theme, text size, density, sort and keys of this browser; in the head, before the first paint. */
{
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const first = { theme: "system", text: "100", letters: "off", sort: "bed", tab: "all", whose: "all", sound: "on", density: matchMedia("(max-width: 599px)").matches ? "list" : "cards" };
  const read = (name) => {
    try {
      return localStorage.getItem("ward." + name) || first[name];
    } catch {
      return first[name];
    }
  };
  const night = () => { const hour = new Date().getHours(); return hour >= 20 || hour < 7; };
  const draw = () => {
    const theme = read("theme");
    root.dataset.themeChoice = theme;
    root.dataset.theme = (theme === "system" ? dark.matches : theme === "shift" ? night() : theme === "dark") ? "dark" : "light";
    for (const name of ["text", "density", "sort", "letters", "tab", "whose", "sound"]) root.dataset[name] = read(name);
  };
  root.dataset.only = /only=(\w+)/.exec(location.search)?.[1] || "all";
  draw();
  dark.addEventListener("change", draw);
  setInterval(draw, 60_000);
  window.choose = (name, value) => {
    try {
      if (name === "only") root.dataset.only = value;
      else localStorage.setItem("ward." + name, value);
    } catch {
      first[name] = value; // a browser that keeps nothing keeps it for this page
    }
    draw();
    document.dispatchEvent(new CustomEvent("ward:chosen", { detail: { name, value } }));
  };
}
