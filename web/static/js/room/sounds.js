/** Playing what the audio slots bring: one element a slot, and a button where the browser wants to be asked first. */
import { byId, make, show } from "./dom.js";
import { remembered } from "./devices.js";

export class Sounds {
  constructor(media) {
    this.media = media;
    this.muted = false;
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
      const element = make("audio", { autoplay: true });
      this.elements.set(slot.mid, element);
      byId("sounds").append(element);
      this.route(element);
    }
    const element = this.elements.get(slot.mid);
    element.muted = this.muted || slot.kind === "interpretation"; // interpretation plays once a language is chosen
    if (element.srcObject !== slot.stream) element.srcObject = slot.stream;
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
    for (const slot of this.media.slots.ofKind("audio")) this.attach(slot);
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
