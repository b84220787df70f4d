/**
 * The clock of a speech: how long somebody has had the floor, against the limit. The state is the server's; this only counts on
 * from it, so that every page shows the same second. Colour, sign and words all tell the phase.
 */
import { serverNow, t } from "./boot.js";
import { byId, duration, setIcon, setText, show } from "./dom.js";

const TICK_MS = 250;
const SIGNS = { green: "stopwatch", yellow: "exclamation-triangle-fill", red: "exclamation-octagon", paused: "pause-fill" };
const SAID = { yellow: ["speech_said_yellow", "speech_said_yellow_mine"], red: ["speech_said_red", "speech_said_red_mine"] };

/** Seconds spoken of `speech` at `now` (milliseconds), its phase (green, yellow, red) and what is left of the limit (or null). */
export function clockOf(speech, now) {
  const running = speech.since ? Math.max(0, (now - Date.parse(speech.since)) / 1000) : 0;
  const elapsed = speech.spent_s + running;
  const left = speech.limit_s === null ? null : speech.limit_s - elapsed;
  if (left === null || left > speech.yellow_s) return { elapsed, left, phase: "green" };
  return { elapsed, left, phase: left > 0 ? "yellow" : "red" };
}

/** Seconds that may be shown: those left are rounded up, so that the words and the digits turn at the same moment. */
const leftWord = (left) => duration(Math.ceil(left));

export class SpeechClock extends EventTarget {
  /** `phase` events tell of a new phase of a speech: {phase, mine}. */
  constructor(store) {
    super();
    Object.assign(this, { store, told: "" });
    this.faces = [...document.querySelectorAll("[data-speech-clock]")];
    setInterval(() => this.tick(), TICK_MS);
  }

  get speech() {
    return this.store.phase === "live" ? this.store.room?.speech ?? null : null;
  }

  get mine() {
    return Boolean(this.speech && this.speech.peer === this.store.me?.peer);
  }

  tick() {
    const { speech } = this;
    for (const face of this.faces) show(face, Boolean(speech));
    if (!speech) {
      this.told = "";
      return;
    }
    const now = clockOf(speech, serverNow());
    for (const face of this.faces) this.drawFace(face, speech, now);
    this.tell(speech, now.phase);
  }

  drawFace(face, speech, { elapsed, left, phase }) {
    const paused = !speech.since;
    face.dataset.phase = phase;
    face.classList.toggle("is-paused", paused);
    face.classList.toggle("is-mine", this.mine);
    setIcon(face.querySelector(".clock-sign"), SIGNS[paused ? "paused" : phase]);
    setText(face.querySelector("time"), duration(elapsed));
    setText(face.querySelector(".clock-limit"), speech.limit_s === null ? "" : `/ ${duration(speech.limit_s)}`);
    setText(face.querySelector(".clock-words"), this.words(speech, paused, phase, left));
    setText(face.querySelector(".clock-order"), this.orderWords(speech));
  }

  words(speech, paused, phase, left) {
    if (paused) return t("speech_paused");
    if (phase === "yellow") return t("speech_left", { time: leftWord(left) });
    return phase === "red" ? t("speech_over", { time: duration(-left) }) : "";
  }

  /** Of a point of order: what it is, and who goes on afterwards. */
  orderWords(speech) {
    const back = speech.interrupted && this.store.peer(speech.interrupted);
    const after = back ? t("speech_goes_on", { name: this.store.label(back) }) : "";
    return [speech.order ? t("point_of_order") : "", after].filter(Boolean).join(" · ");
  }

  /** Each phase of each speech is told once, to screen readers too. */
  tell(speech, phase) {
    const key = `${speech.peer}:${speech.order}:${speech.limit_s}:${phase}`;
    if (key === this.told) return;
    const before = this.told.split(":").slice(0, 3).join(":");
    this.told = key;
    if (phase === "green") return setText(byId("speech-said"), "");
    setText(byId("speech-said"), t(SAID[phase][this.mine ? 1 : 0]));
    if (before) this.dispatchEvent(new CustomEvent("phase", { detail: { phase, mine: this.mine } }));
  }
}
