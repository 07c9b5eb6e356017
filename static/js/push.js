/* Push: turns alerts on this phone on and off, and tries them; what the push service needs to know is the browser's own key. */
"use strict";
{
  const panel = document.getElementById("push");
  const told = document.getElementById("push-told");
  const able = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

  function show(state) {
    for (const part of panel.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== state;
  }
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  async function ask(path, fields) {
    const headers = { Accept: "application/json" };
    const answer = await fetch(`/account/push${path}`, fields ? { method: "POST", headers, body: new URLSearchParams(fields) } : { headers, cache: "no-store" });
    if (answer.ok) return answer.status === 204 ? null : answer.json();
    throw new Error((await answer.json().catch(() => ({}))).title || panel.dataset.problem);
  }
  const manager = async () => (await navigator.serviceWorker.ready).pushManager;
  const held = async () => (await manager()).getSubscription();
  const ours = (subscription) => text(subscription.options.applicationServerKey) === panel.dataset.key;

  async function look() {
    if (!able) return show("no");
    if (Notification.permission === "denied") return show("blocked");
    const [subscription, known] = await Promise.all([held(), ask("")]);
    show(subscription && ours(subscription) && known?.on ? "on" : "off");
  }

  const deeds = {
    async on() {
      if ((await Notification.requestPermission()) !== "granted") return;
      const known = await held();
      if (known && !ours(known)) await known.unsubscribe();
      const key = bytes(panel.dataset.key);
      const made = await (await manager()).subscribe({ userVisibleOnly: true, applicationServerKey: key });
      await ask("", { endpoint: made.endpoint, p256dh: text(made.getKey("p256dh")), auth: text(made.getKey("auth")) });
    },
    async stop() {
      await ask("/stop", {});
      await (await held())?.unsubscribe();
    },
    async test() {
      await ask("/test", {});
      told.textContent = panel.dataset.sent;
    },
  };

  panel.addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    told.textContent = "";
    button.disabled = true;
    try {
      await deeds[button.value]();
    } catch (error) {
      told.textContent = error.name === "Error" ? error.message : panel.dataset.problem;
    }
    button.disabled = false;
    await look().catch(() => {});
  });
  look().catch(() => show("no"));
}
