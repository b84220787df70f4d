/** Playing what the audio slots bring: one element a slot, and a button where the browser wants to be asked first. */
import { byId, make, show } from "./dom.js";
import { remembered } from "./devices.js";

export class Sounds {
  constructor(media) {
    this.media = media;
    Object.assign(this, { muted: false, levels: { audio: 1, interpretation: 0 } });
    this.elements = new Map(); // mid → <audio>
    media.addEventListener("slots", () => this.refresh());
    byId("sound-on").addEventListener("click", () => this.playAll());
  }

  refresh() {
    for (const kind of ["audio", "interpretation"])
      for (const slot of this.media.slots.ofKind(kind)) this.attach(slot);
    this.playAll();
  }

  attach(slot) {
    if (!this.elements.has(slot.mid)) {
      const element = make("audio", { autoplay: true, "data-mid": slot.mid });
      this.elements.set(slot.mid, element);
      byId("sounds").append(element);
      this.route(element);
    }
    const element = this.elements.get(slot.mid);
    this.setLevel(element, this.levels[slot.kind]);
    if (element.srcObject !== slot.stream) element.srcObject = slot.stream;
  }

  /** How loud the room and the channel of interpretation are, 0 to 1. */
  mix(audio, interpretation) {
    if (this.levels.audio === audio && this.levels.interpretation === interpretation) return;
    this.levels = { audio, interpretation };
    this.relevel();
  }

  /** Where the browser leaves the volume to the device's own buttons, what would be soft is not heard at all. */
  setLevel(element, level) {
    element.volume = level;
    element.muted = this.muted || !level || (level < 0.5 && element.volume !== level);
  }

  relevel() {
    for (const [mid, element] of this.elements) {
      const slot = this.media.slots.slots.get(mid);
      if (slot) this.setLevel(element, this.levels[slot.kind]);
    }
  }

  playAll() {
    show(byId("sound-on"), false);
    for (const element of this.elements.values()) this.play(element);
  }

  async play(element) {
    try {
      await element.play();
    } catch (problem) {
      if (problem.name === "NotAllowedError") show(byId("sound-on"), true);
      else if (problem.name !== "AbortError") throw problem; // AbortError: another stream was set meanwhile
    }
  }

  setMuted(muted) {
    this.muted = muted;
    this.relevel();
  }

  /** Send the sound to the loudspeaker chosen in the settings. */
  routeAll() {
    for (const element of this.elements.values()) this.route(element);
  }

  async route(element) {
    const speaker = remembered().speaker;
    if (!element.setSinkId || (!speaker && !element.sinkId)) return;
    try {
      await element.setSinkId(speaker ?? "");
    } catch (problem) {
      if (problem.name !== "NotFoundError") throw problem;
      await element.setSinkId(""); // that loudspeaker is gone: the system's own
    }
  }
}
