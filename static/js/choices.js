/* Choices: theme, text size, density, sort and keys of this browser; in the head, before the first paint. */
{
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const narrow = matchMedia("(max-width: 599px)").matches;
  const first = { theme: "system", text: "100", letters: "off", sort: "bed", tab: "all", whose: "all", sound: "on", density: narrow ? "list" : "cards" };
  const own = { ...root.dataset }; // as the server kept them
  if (narrow) own.density = own.narrow;
  own.only ||= /only=(\w+)/.exec(location.search)?.[1] || "all";
  const read = (name) => {
    try {
      return own[name] || localStorage.getItem("ward." + name) || first[name];
    } catch {
      return first[name];
    }
  };
  const night = () => { const hour = new Date().getHours(); return hour >= 20 || hour < 7; };
  const draw = () => {
    const theme = read("theme");
    root.dataset.themeChoice = theme;
    root.dataset.theme = (theme === "system" ? dark.matches : theme === "shift" ? night() : theme === "dark") ? "dark" : "light";
    for (const name of ["text", "density", "sort", "letters", "tab", "whose", "sound", "only"]) root.dataset[name] = read(name);
  };
  draw();
  dark.addEventListener("change", draw);
  setInterval(draw, 60_000);
  window.choose = (name, value) => {
    own[name] = value;
    try {
      localStorage.setItem("ward." + name, value);
    } catch {} // kept for this page
    draw();
    document.dispatchEvent(new CustomEvent("ward:chosen", { detail: { name, value } }));
  };
}
