// The camera at the door: a look every so often, each ticket told once for as long as it is held before it.

import { openReader } from "./reader.js";

const LOOK_MS = 150;
const GONE_AFTER = 6; // so many looks in a row that see nothing
const WANTED = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } };
const REFUSALS = {
  NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "no_camera", OverconstrainedError: "no_camera",
  NotReadableError: "camera_busy", AbortError: "camera_busy",
};
// What is typed on a Cyrillic keyboard looks the same.
const ALIKE = new Map([..."АВСЕНКМРТХУЗ"].map((letter, index) => [letter, "ABCEHKMPTXY3"[index]]));
const CODE = /^[A-Z0-9]{4,12}$/;

/** The code of a ticket: what stands behind the # of its address, or what was typed; "" for anything else. */
export function codeOf(text) {
  const signs = text.slice(text.lastIndexOf("#") + 1).replace(/\s/g, "").toUpperCase();
  const code = [...signs].map((sign) => ALIKE.get(sign) ?? sign).join("");
  return CODE.test(code) ? code : "";
}

const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

export class Scanner {
  /** `found(text)` for each picture that comes before the camera; `ended()` when it has stopped by itself. */
  constructor(video, decoder, found, ended) {
    Object.assign(this, { video, decoder, found, ended, stream: null, last: "", blanks: 0 });
  }

  /** Raises an error whose `words` name what is to be said. */
  async start() {
    if (!navigator.mediaDevices?.getUserMedia) throw told("insecure");
    const stream = await navigator.mediaDevices.getUserMedia({ video: WANTED }).catch(refused);
    this.stream = stream;
    try {
      this.reader ??= await openReader(this.decoder);
    } catch {
      this.stop();
      throw told("no_reader");
    }
    this.track.addEventListener("ended", () => this.stop());
    this.video.srcObject = stream;
    await this.video.play().catch(() => null); // The picture comes all the same, or the camera has ended.
    this.light = await navigator.wakeLock?.request("screen").catch(() => null);
    this.look(stream);
  }

  get track() {
    return this.stream?.getVideoTracks()[0];
  }

  async look(stream) {
    while (this.stream === stream) {
      if (this.video.videoWidth) this.saw(await this.reader.read(this.video));
      await pause(LOOK_MS);
    }
  }

  /** The same picture still before the camera is no second guest. */
  saw(text) {
    if (!this.stream) return;
    this.blanks = text ? 0 : this.blanks + 1;
    if (this.blanks >= GONE_AFTER) this.last = "";
    if (!text || text === this.last) return;
    this.last = text;
    this.found(text);
  }

  get hasTorch() {
    return Boolean(this.track?.getCapabilities?.().torch);
  }

  torch(on) {
    return this.track?.applyConstraints({ advanced: [{ torch: on }] });
  }

  stop() {
    if (!this.stream) return;
    this.light?.release();
    this.stream.getTracks().forEach((track) => track.stop());
    this.video.srcObject = null;
    Object.assign(this, { stream: null, last: "", blanks: 0 });
    this.ended();
  }
}

function refused({ name }) {
  throw told(REFUSALS[name] ?? "no_camera");
}

function told(words) {
  return Object.assign(new Error(words), { words });
}
