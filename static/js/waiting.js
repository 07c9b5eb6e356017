/* Waiting: a public screen that chimes when a number is called, once somebody has turned the sound on. */
"use strict";
{
  const button = document.getElementById("sound");
  const calls = () => [...document.querySelectorAll("#calls [data-call]")].map((one) => one.dataset.call);
  let audio = null;
  let known = new Set(calls());

  function chime() {
    [660, 880].forEach((pitch, index) => {
      const [voice, loud, at] = [audio.createOscillator(), audio.createGain(), audio.currentTime + index * 0.3];
      voice.frequency.value = pitch;
      loud.gain.setValueAtTime(0.0001, at);
      loud.gain.exponentialRampToValueAtTime(0.3, at + 0.02);
      loud.gain.exponentialRampToValueAtTime(0.0001, at + 0.5);
      voice.connect(loud).connect(audio.destination);
      voice.start(at);
      voice.stop(at + 0.55);
    });
  }
  function hear() {
    const now = calls();
    const fresh = now.filter((one) => !known.has(one));
    known = new Set(now);
    for (const one of document.querySelectorAll("#calls [data-call]")) one.toggleAttribute("data-ui-fresh", fresh.includes(one.dataset.call));
    if (fresh.length && audio?.state === "running") chime();
  }
  button.addEventListener("click", async () => {
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", on);
    if (!on) return void audio?.suspend();
    audio ||= new AudioContext();
    await audio.resume();
    chime();
  });
  document.addEventListener("htmx:after:swap", hear);
}
