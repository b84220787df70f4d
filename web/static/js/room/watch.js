/** The watch page of citizens: receive only, one large picture and small ones, sound at a click, and back by itself. */
import { boot, t } from "./boot.js";
import { Listening } from "./channels/listening.js";
import { byId, setIcon, setText, show } from "./dom.js";
import { showOver } from "./over.js";
import { Sign } from "./sign.js";
import { freshToken, windowMemory } from "./tokens.js";
import { Viewer } from "./viewer.js";

class Watch extends Viewer {
  constructor() {
    super({ token: () => freshToken({}), memory: windowMemory(), hello: () => ({ device: { camera: false, microphone: false } }) });
    this.listening = new Listening(this);
    this.sign = new Sign(this);
    for (const id of ["language", "panel-close"]) byId(id).addEventListener("click", () => this.togglePanel());
    this.sounds.muted = true; // browsers play sound only after a click; the large button asks for it
    byId("watch-sound").addEventListener("click", () => this.toggleSound());
    byId("watch-full").addEventListener("click", () => this.wholeScreen());
  }

  start() {
    super.start();
    this.drawSound();
  }

  draw() {
    super.draw();
    this.listening.draw();
    if (this.store.me) this.sign.draw();
  }

  /** The language panel: opened by its button, closed by its own. */
  togglePanel() {
    const opens = byId("panel").hidden;
    for (const id of ["panel", "panel-language"]) show(byId(id), opens);
    byId("language").setAttribute("aria-pressed", String(opens));
    byId(opens ? "panel-close" : "language").focus({ preventScroll: true });
  }

  drawOutside(outside) {
    super.drawOutside(outside);
    const closed = Boolean(this.store.room.closed_item);
    show(byId("watch-closed"), outside);
    setText(byId("watch-closed-title"), t(closed ? "closed_title" : "outside_title"));
    setText(byId("watch-closed-detail"), t(closed ? "closed_detail" : "outside_detail"));
  }

  toggleSound() {
    this.sounds.setMuted(!this.sounds.muted);
    if (!this.sounds.muted) this.sounds.playAll();
    this.drawSound();
  }

  drawSound() {
    const button = byId("watch-sound");
    const on = !this.sounds.muted;
    button.setAttribute("aria-pressed", String(on));
    button.classList.toggle("is-warm", !on);
    setIcon(button, on ? "volume-up-fill" : "volume-mute-fill");
    setText(button.querySelector(".tool-word"), t(on ? "sound_on" : "turn_sound_on"));
  }

  wholeScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen?.();
  }
}

document.body.dataset.phase = "start";
if (boot.over) showOver("ended");
else new Watch().start();
