/** A page that only receives: the watch page of citizens and the wall screen of a hall are both built on it. */
import { clock } from "./boot.js";
import { Bar } from "./bar.js";
import { Captions } from "./captions.js";
import { byId, show } from "./dom.js";
import { forReport } from "./figures.js";
import { installHook } from "./hook.js";
import { LinkState } from "./link_state.js";
import { Media } from "./media.js";
import { Strip } from "./order/strip.js";
import { showOver } from "./over.js";
import { PaperView } from "./papers/view.js";
import { Pictures } from "./pictures.js";
import { Quality } from "./quality.js";
import { Signal } from "./signal.js";
import { Sounds } from "./sounds.js";
import { SpeechClock } from "./speech_clock.js";
import { Store } from "./store.js";

const MEASURE_MS = 2500;

export class Viewer {
  /** `hello()` gives what `join` says beside the token; `connections`: which media connections the page has. */
  constructor({ token, memory, hello, connections = ["subscribe"] }) {
    this.connections = connections;
    this.store = new Store();
    this.signal = new Signal({ token, memory, hello });
    this.media = new Media(this.signal);
    this.pictures = new Pictures(this);
    this.sounds = new Sounds(this.media);
    this.bar = new Bar(this.store);
    this.clock = new SpeechClock(this.store);
    this.strip = new Strip(this);
    this.paper = new PaperView(this);
    this.captions = new Captions(this);
    this.quality = new Quality(this.media);
    this.listen();
    installHook({ ...this, phase: () => document.body.dataset.phase });
  }

  start() {
    show(byId("call"), true);
    this.link = new LinkState(this);
    this.signal.connect();
    setInterval(() => this.second(), 1000);
    setInterval(() => this.measure(), MEASURE_MS);
  }

  second() {
    this.bar.tick();
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
    this.media.entered(answer, this.connections);
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
    this.drawOutside(this.store.outside);
    this.bar.draw();
    this.strip.draw();
    this.paper.draw();
    this.pictures.draw();
    if (this.store.phase === "closed") this.over("ended");
  }

  /** Cut off during a closed item: nothing is shown, and the page comes back by itself. */
  drawOutside(outside) {
    show(byId("stage"), !outside);
    if (outside) show(byId("strip"), false); // otherwise the pictures say whether there are small ones
  }

  async measure() {
    if (this.signal.ended) return;
    const { word, rtt, loss, figures } = await this.quality.measure();
    this.fitPc();
    this.media.mend();
    await this.signal.pulse({ quality: word, rtt_ms: rtt, loss, ...forReport(figures) });
  }

  /** A PC that cannot draw all pictures is asked for fewer. */
  fitPc() {
    this.pictures.drawAtMost(this.quality.mostPictures(this.pictures.drawn?.length ?? 0));
  }

  over(reason, problem) {
    this.media.stop();
    showOver(reason, problem);
  }
}
