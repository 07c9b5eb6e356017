/* Gate: which frame a container may apply. realtime/gate.py says the same, and a test holds them together. */
"use strict";
globalThis.wardGate = {
  judge(shown, frame) {
    if (frame.p === 0) return frame.e !== shown.epoch || frame.r >= shown.rev ? "apply" : "drop";
    if (frame.e !== shown.epoch || frame.p > shown.rev) return "snap"; // something between is missing
    return shown.rev < frame.r ? "apply" : "drop"; // old news is dropped
  },
};
