/**
 * Short sounds that help: you have the floor, the time is nearly up, it is up, the session ends soon,
 * something is asked of you. Made by the browser itself;
 * one that may not play sound yet (nobody has touched the page) stays silent, since each sound only underlines what is shown.
 */
import { byId } from "./dom.js";
import { remember, remembered } from "./devices.js";

const LOUDNESS = { off: 0, quiet: 0.05, normal: 0.16, loud: 0.4 };
const TUNES = { // [hertz, begins after seconds, lasts seconds]
  floor: [[523, 0, 0.18], [659, 0.16, 0.18], [784, 0.32, 0.35]],
  yellow: [[659, 0, 0.25], [659, 0.35, 0.25]],
  red: [[440, 0, 0.3], [440, 0.4, 0.3], [349, 0.8, 0.5]],
  asked: [[698, 0, 0.15], [880, 0.18, 0.35]],
  ending: [[587, 0, 0.3], [494, 0.35, 0.5]],
};

export class Chimes {
  constructor() {
    this.context = null;
    const choice = byId("chime-volume");
    choice.value = LOUDNESS[remembered().chimes] === undefined ? "normal" : remembered().chimes;
    choice.addEventListener("change", () => this.choose(choice.value));
    byId("chime-try").addEventListener("click", () => this.play("floor"));
  }

  choose(volume) {
    remember({ chimes: volume });
    this.play("yellow");
  }

  get loudness() {
    return LOUDNESS[byId("chime-volume").value];
  }

  async play(name) {
    if (!this.loudness || !window.AudioContext || !navigator.userActivation?.hasBeenActive) return;
    this.context ??= new AudioContext();
    await this.route();
    if (this.context.state === "suspended") await this.context.resume();
    for (const note of TUNES[name]) this.sound(note);
  }

  /** Through the loudspeaker chosen in the settings, where the browser can. */
  async route() {
    const speaker = remembered().speaker ?? "";
    if (!this.context.setSinkId || this.context.sinkId === speaker) return;
    try {
      await this.context.setSinkId(speaker);
    } catch (problem) {
      if (!(problem instanceof DOMException)) throw problem; // that loudspeaker is gone: the system's own sounds
    }
  }

  /** One note that swells and fades, so that it never clicks. */
  sound([hertz, after, length]) {
    const { context } = this;
    const begins = context.currentTime + after;
    const tone = new OscillatorNode(context, { type: "sine", frequency: hertz });
    const volume = new GainNode(context, { gain: 0 });
    volume.gain.setValueAtTime(0, begins);
    volume.gain.linearRampToValueAtTime(this.loudness, begins + 0.03);
    volume.gain.linearRampToValueAtTime(0, begins + length);
    tone.connect(volume).connect(context.destination);
    tone.start(begins);
    tone.stop(begins + length);
  }
}
