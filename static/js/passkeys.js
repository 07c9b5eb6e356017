/* Passkeys: make one, come in with one, prove with one who it is. The server asks and judges. */
"use strict";
{
  const able = Boolean(window.PublicKeyCredential?.parseRequestOptionsFromJSON);
  const post = (url, body) => fetch(url, { method: "POST", headers: { accept: "application/json", "content-type": "application/json" }, body: JSON.stringify(body || {}) });
  function tell(text) {
    const line = document.getElementById("passkey-problem");
    if (!line) return;
    line.textContent = text || line.dataset.words;
    line.hidden = false;
  }
  async function asked(url, body) {
    const answer = await post(url, body);
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(said.title || "");
    return said;
  }
  async function make(button) {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(await asked(`${button.dataset.passkeyNew}/options`));
    const label = document.getElementById("passkey-label");
    const credential = await navigator.credentials.create({ publicKey });
    return asked(button.dataset.passkeyNew, { credential: credential.toJSON(), label: label.value || label.placeholder });
  }
  async function use(button) {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await asked(`${button.dataset.passkey}/options`));
    const credential = await navigator.credentials.get({ publicKey });
    return asked(button.dataset.passkey, { credential: credential.toJSON(), next: button.dataset.next });
  }
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-passkey], [data-passkey-new]");
    if (!button) return;
    if (!able) return tell();
    button.disabled = true;
    try {
      const said = await (button.dataset.passkeyNew ? make(button) : use(button));
      if (said.go) return location.assign(said.go);
      button.form.noValidate = true; // proved: its form goes on without a password
      button.form.requestSubmit();
    } catch (error) {
      tell(error.name === "Error" ? error.message : ""); // a browser's own words name nothing a person can do
    } finally {
      button.disabled = false;
    }
  });
  if (able) document.querySelectorAll("[data-passkey][hidden]").forEach((button) => (button.hidden = false));
}
