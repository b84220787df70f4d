/** The watch page of citizens: receive only, one large picture and small ones, sound at a click, and back by itself. */
import { boot, clock, t } from "./boot.js";
import { Bar } from "./bar.js";
import { byId, setIcon, setText, show } from "./dom.js";
import { forReport } from "./figures.js";
import { installHook } from "./hook.js";
import { LinkState } from "./link_state.js";
import { Media } from "./media.js";
import { Strip } from "./order/strip.js";
import { showOver } from "./over.js";
import { Pictures } from "./pictures.js";
import { Quality } from "./quality.js";
import { Signal } from "./signal.js";
import { Sounds } from "./sounds.js";
import { SpeechClock } from "./speech_clock.js";
import { Store } from "./store.js";
import { freshToken, windowMemory } from "./tokens.js";

const MEASURE_MS = 2500;

class Watch {
  constructor() {
    this.store = new Store();
    this.signal = new Signal({
      token: () => freshToken({}), memory: windowMemory(), hello: () => ({ device: { camera: false, microphone: false } }),
    });
    this.media = new Media(this.signal);
    this.pictures = new Pictures(this);
    this.sounds = new Sounds(this.media);
    this.sounds.muted = true; // browsers play sound only after a click; the large button asks for it
    this.bar = new Bar(this.store);
    this.clock = new SpeechClock(this.store);
    this.strip = new Strip(this);
    this.quality = new Quality(this.media);
    byId("watch-sound").addEventListener("click", () => this.toggleSound());
    byId("watch-full").addEventListener("click", () => this.wholeScreen());
    this.listen();
    installHook({ ...this, phase: () => document.body.dataset.phase });
  }

  start() {
    show(byId("call"), true);
    this.link = new LinkState(this);
    this.signal.connect();
    this.drawSound();
    setInterval(() => this.bar.tick(), 1000);
    setInterval(() => this.measure(), MEASURE_MS);
  }

  listen() {
    const on = (name, react) => this.signal.addEventListener(name, ({ detail }) => react(detail));
    on("joined", (answer) => this.joined(answer));
    on("snapshot", ({ snapshot }) => {
      this.store.load(snapshot);
      this.draw();
    });
    on("event", (event) => this.event(event));
    on("sources", ({ sources }) => {
      this.store.setSources(sources);
      this.draw();
    });
    on("speakers", (levels) => this.pictures.heard(levels));
    on("bye", ({ reason }) => this.over(reason));
    on("refused", (problem) => this.over(problem.code === "illegal_state" ? "ended" : problem.code, problem));
  }

  joined(answer) {
    clock.offset = Date.parse(answer.server_now) - Date.now();
    this.store.me = answer.me;
    this.store.load(answer.snapshot);
    this.media.entered(answer, ["subscribe"]);
    this.draw();
  }

  event(event) {
    this.store.patch(event.patch);
    if (event.type === "media_reset") {
      this.store.setSources([]);
      this.media.reset(event.data.epoch);
    }
    this.draw();
  }

  draw() {
    if (!this.store.room || this.signal.ended) return;
    document.body.dataset.phase = this.store.phase;
    this.pictures.active = this.store.phase === "live" && !this.store.outside;
    this.drawOutside();
    this.bar.draw();
    this.strip.draw();
    this.pictures.draw();
    if (this.store.phase === "closed") this.over("ended");
  }

  /** Cut off during a closed item: the page says so, and comes back by itself. */
  drawOutside() {
    const { outside, room } = this.store;
    show(byId("watch-closed"), outside);
    show(byId("stage"), !outside);
    if (outside) show(byId("strip"), false); // otherwise the pictures say whether there are small ones
    setText(byId("watch-closed-title"), t(room.closed_item ? "closed_title" : "outside_title"));
    setText(byId("watch-closed-detail"), t(room.closed_item ? "closed_detail" : "outside_detail"));
  }

  async measure() {
    if (this.signal.ended) return;
    const { word, rtt, loss, figures } = await this.quality.measure();
    this.media.mend();
    await this.signal.pulse({ quality: word, rtt_ms: rtt, loss, ...forReport(figures) });
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

  over(reason, problem) {
    this.media.stop();
    showOver(reason, problem);
  }
}

document.body.dataset.phase = "start";
if (boot.over) showOver("ended");
else new Watch().start();
