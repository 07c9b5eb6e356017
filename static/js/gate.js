/* Gate: which frame a container may apply. realtime/gate.py says the same, and a test holds them together. */
"use strict";
globalThis.wardGate = {
  applies(shown, frame) {
    if (frame.p === 0) return frame.e !== shown.epoch || frame.r >= shown.rev;
    return frame.e === shown.epoch && frame.p <= shown.rev && shown.rev < frame.r;
  },
};
