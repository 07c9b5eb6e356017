/* Camera: reads codes where there is no scanner. scan.js fetches this file, and this file the reader, when
   somebody opens the camera; the picture never leaves the device. */
"use strict";
{
  const ward = window.ward;
  const { words } = ward;
  const FORMATS = ["data_matrix", "code_128", "qr_code"];
  const LONGEST = 60_000; // ms without a code: then it goes off by itself
  const PAUSE = 100;
  const reader = document.currentScript.src.replace("js/camera.js", "vendor/barcode-detector/zxing_reader.wasm");
  const sheet = document.getElementById("sheet");
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const make = (tag, more, ...inner) => {
    const element = Object.assign(document.createElement(tag), more);
    element.append(...inner);
    return element;
  };

  /* Readers: what the device brings only finds. It may leave out the separators of GS1 (lot and serial would run
     together), so that what is found is read by the one reader that keeps them. */
  let made = null;
  function reading() {
    made ??= (async () => {
      await ward.load("vendor/barcode-detector/ponyfill.js");
      const { prepareZXingModule, BarcodeDetector } = window.BarcodeDetectionAPI;
      await prepareZXingModule({ overrides: { locateFile: () => reader }, fireImmediately: true });
      return new BarcodeDetector({ formats: FORMATS });
    })().catch((error) => {
      made = null;
      throw error;
    });
    return made;
  }
  async function finding() {
    const known = (await window.BarcodeDetector?.getSupportedFormats().catch(() => [])) || [];
    const formats = FORMATS.filter((format) => known.includes(format));
    return formats.includes("data_matrix") && formats.includes("code_128") ? new window.BarcodeDetector({ formats }) : null;
  }
  async function read(here, canvas) {
    here.looks += 1;
    if (here.finder && here.looks % 5) {
      const found = await here.finder.detect(canvas).catch(() => (here.finder = null));
      if (found && !found.length) return [];
    }
    const codes = await here.detector.detect(canvas);
    return [...new Set(codes.map((code) => code.rawValue))].filter((text) => text && text !== here.past);
  }

  /* The panel: one at a time, under its button. */
  let open = null;
  let after = ""; // what the camera read last, while its form is under way
  function draw(button) {
    const video = make("video", { muted: true, playsInline: true, hidden: true, disablePictureInPicture: true });
    video.setAttribute("aria-hidden", "true");
    const said = make("p");
    said.setAttribute("role", "status");
    const off = make("button", { type: "button", className: "btn", textContent: words.cameraClose, onclick: () => close() });
    const panel = make("div", { className: "cam" }, video, said, off);
    panel.setAttribute("role", "group");
    panel.setAttribute("aria-label", words.cameraName);
    const place = document.getElementById(button.getAttribute("aria-controls"));
    if (place) place.replaceChildren(panel);
    else button.after(panel);
    return { panel, video, said };
  }
  function tell(here, state) {
    here.panel.dataset.uiState = state;
    const text = words[`camera${state}`];
    if (here.said.textContent !== text) here.said.textContent = text;
  }
  function quiet(here) {
    for (const track of here.stream?.getTracks() || []) track.stop();
    here.stream = here.video.srcObject = null;
    here.video.hidden = true;
  }
  function close() {
    const here = open;
    if (!here) return;
    open = null;
    quiet(here);
    here.button.setAttribute("aria-expanded", "false");
    const back = here.panel.contains(document.activeElement);
    here.panel.remove();
    if (back) here.button.focus();
  }
  const shown = (here) => open === here && here.panel.isConnected;
  function fail(here, state) {
    quiet(here);
    tell(here, state);
  }

  ward.camera = (button, past = "") => {
    const same = open?.button === button;
    close();
    if (!same) start(button, past);
  };
  async function start(button, past) {
    const here = (open = { button, past, looks: 0, stream: null, ...draw(button) });
    button.setAttribute("aria-expanded", "true");
    await pause(0); // the words are spoken when they come into what already stands there
    tell(here, "Asking");
    const problem = await turnOn(here);
    if (!shown(here)) return quiet(here);
    if (problem) return fail(here, problem);
    here.panel.scrollIntoView({ block: "nearest" });
    try {
      [here.detector, here.finder] = await Promise.all([reading(), finding()]);
      if (shown(here)) await look(here);
    } catch {
      if (shown(here)) fail(here, "Unable");
    }
    if (open === here && !here.panel.isConnected) close();
    else if (open !== here) quiet(here);
  }
  async function turnOn(here) {
    const WHY = { NotAllowedError: "Denied", SecurityError: "Denied", NotReadableError: "Busy", AbortError: "Busy" };
    try {
      const video = { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } };
      here.stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
      here.stream.getTracks()[0].onended = () => shown(here) && fail(here, "None"); // pulled out, or taken away
      here.video.srcObject = here.stream;
      here.video.hidden = false;
      await here.video.play();
      return "";
    } catch (error) {
      return WHY[error.name] || "None";
    }
  }
  async function look(here) {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const begun = performance.now();
    tell(here, "Searching");
    while (shown(here) && here.stream) {
      const { videoWidth, videoHeight } = here.video;
      const side = Math.min(videoWidth, videoHeight);
      canvas.width = canvas.height = side; // the square that the panel shows
      if (side) context.drawImage(here.video, (videoWidth - side) / 2, (videoHeight - side) / 2, side, side, 0, 0, side, side);
      const texts = side ? await read(here, canvas) : [];
      if (!shown(here) || !here.stream) return;
      if (texts.length === 1) return found(here, texts[0]);
      tell(here, texts.length ? "Many" : "Searching");
      if (performance.now() - begun > LONGEST) return fail(here, "Tired");
      await pause(PAUSE);
    }
  }
  function found(here, text) {
    navigator.vibrate?.(60);
    close();
    after = text;
    ward.scanned(text, "camera");
  }

  /* The next step of the same task is scanned without another press, and not the same code again. */
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    const past = after;
    if (!past || !ctx.scans) return;
    after = "";
    if (!(ctx.response?.status < 400) || ctx.hx?.redirect) return;
    const next = sheet.open && sheet.querySelector("form[data-scan-submits] [data-camera]");
    if (next && !open) start(next, past);
  });

  document.addEventListener("ward:scan", ({ detail }) => detail.by === "scanner" && (after = ""));

  /* Nobody looks: nothing looks back. */
  document.addEventListener("visibilitychange", () => document.hidden && close());
  addEventListener("pagehide", close);
  sheet.addEventListener("close", () => {
    after = "";
    if (open && (!open.panel.isConnected || sheet.contains(open.panel))) close();
  });
  document.addEventListener("ward:freshness", () => document.documentElement.dataset.live === "over" && close());
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !open) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    close();
  }, true);
}
