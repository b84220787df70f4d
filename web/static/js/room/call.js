/** The room itself: puts the parts together and carries what the server says to them. */
import { boot, clock, t } from "./boot.js";
import { Bar, drawQuality } from "./bar.js";
import { Beside } from "./beside/beside.js";
import { CaptionDesk, Captions } from "./captions.js";
import { Booth } from "./channels/booth.js";
import { Listening } from "./channels/listening.js";
import { Conduct } from "./conduct.js";
import { ConnectionPanel } from "./connection.js";
import { byId, show } from "./dom.js";
import { forReport } from "./figures.js";
import { installHook } from "./hook.js";
import { LinkState } from "./link_state.js";
import { Lobby } from "./lobby.js";
import { LowMode } from "./low.js";
import { Media } from "./media.js";
import { Notices } from "./notices.js";
import { Order } from "./order/order.js";
import { Own } from "./own.js";
import { showOver } from "./over.js";
import { Panel } from "./panel.js";
import { Papers } from "./papers/papers.js";
import { askToConfirm } from "./pc.js";
import { People } from "./people.js";
import { Pickers } from "./pickers.js";
import { Pictures } from "./pictures.js";
import { Quality } from "./quality.js";
import { CitizenDialog } from "./questions/citizen.js";
import { QuestionDesk } from "./questions/desk.js";
import { fitCamera, remembered } from "./devices.js";
import { Sheet } from "./sheet.js";
import { Signal } from "./signal.js";
import { Sounds } from "./sounds.js";
import { Store } from "./store.js";
import { toast } from "./toasts.js";
import { Toolbar } from "./toolbar.js";

const MEASURE_MS = 2500;

export class Call {
  /** `choice` is what the pre-join page gave; `token()` fetches a join token; `memory` keeps this window's place. */
  constructor({ choice, token, memory }) {
    this.choice = choice;
    fitCamera(choice.way?.link);
    this.memory = memory;
    this.store = new Store();
    this.signal = new Signal({ token, memory, hello: () => this.hello() });
    this.media = new Media(this.signal);
    this.own = new Own(this);
    this.people = new People(this);
    this.panel = new Panel();
    this.pictures = new Pictures(this);
    this.sounds = new Sounds(this.media);
    this.lobby = new Lobby(this.store);
    this.bar = new Bar(this.store);
    this.sheet = new Sheet(this);
    this.quality = new Quality(this.media, () => this.pictures.largeSlot()?.mid);
    this.connection = new ConnectionPanel(this);
    this.papers = new Papers(this);
    this.low = new LowMode(this);
    this.captionDesk = new CaptionDesk({ ...this, captions: new Captions(this) });
    this.asked = boot.questions ? [new QuestionDesk(this), new CitizenDialog(this)] : [];
    this.conduct = new Conduct(this);
    this.papers.shelf.changed = () => this.conduct.draw();
    this.notices = new Notices({ ...this, ...this.conduct });
    this.listening = new Listening(this);
    this.booth = new Booth({ ...this, chimes: this.conduct.chimes });
    this.order = new Order({ ...this, chimes: this.conduct.chimes });
    this.beside = new Beside(this);
    this.toolbar = new Toolbar({ ...this, acts: this.acts() });
    this.settings();
    this.listen();
    installHook({ ...this, phase: () => document.body.dataset.phase });
  }

  start() {
    show(byId("call"), true);
    this.own.begin(this.choice);
    this.link = new LinkState(this);
    this.pictures.active = true;
    if (boot.control || (this.choice.way?.role === "chair" && window.innerWidth >= 1200)) this.panel.open("people", false);
    askToConfirm(this.own);
    this.signal.connect();
    setInterval(() => this.second(), 1000);
    setInterval(() => this.measure(), MEASURE_MS);
  }

  hello() {
    const { name } = this.choice;
    const via = boot.control ? { via: "control" } : boot.pc ? { via: "room_pc" } : {};
    return { device: this.own.device, ...via, ...(name && !this.memory.get() ? { name } : {}) };
  }

  acts() {
    return {
      mic: () => this.own.toggleMicrophone(), camera: () => this.own.toggleCamera(), screen: () => this.own.toggleScreen(),
      hand: () => this.hand(), leave: () => this.leave(),
      "bar-quality": () => this.panel.toggle("connection"), "set-connection": () => this.panel.open("connection"),
      people: () => this.panel.toggle("people"), sheet: () => this.panel.toggle("sheet"), settings: () => this.panel.toggle("settings"), order: () => this.panel.toggle("order"), language: () => this.panel.toggle("language"),
      "set-sheet": () => this.panel.open("sheet"), "set-order": () => this.panel.open("order"), "set-full": () => this.wholeScreen(),
    };
  }

  hand() {
    const { room, me } = this.store;
    if (room.floor === me.peer) return this.people.order("release_floor");
    return this.people.order(room.hands.includes(me.peer) ? "lower_hand" : "raise_hand");
  }

  async leave() {
    this.media.stop();
    await this.signal.leave();
    this.memory.forget();
    showOver("left");
  }

  wholeScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen?.();
  }

  settings() {
    const ids = { camera: "set-camera", microphone: "set-microphone", speaker: "set-speaker" };
    const chosen = (kind, id) => (kind === "speaker" ? this.sounds.routeAll() : this.own.once(kind, () => this.own.replace(kind, id)));
    const current = (kind) => (kind === "speaker" ? remembered().speaker : this.media.tracks[kind]?.getSettings().deviceId);
    this.pickers = new Pickers(ids, { chosen, current });
    this.panel.addEventListener("change", () => this.panel.view === "settings" && this.pickers.fill());
  }

  listen() {
    const { signal, store } = this;
    const on = (name, react) => signal.addEventListener(name, ({ detail }) => react(detail));
    on("joined", (answer) => this.joined(answer));
    on("snapshot", (answer) => {
      store.load(answer.snapshot);
      if (answer.epoch && answer.epoch !== this.media.epoch) this.media.reset(answer.epoch);
      this.draw();
    });
    on("event", (event) => this.event(event));
    on("sources", ({ sources }) => {
      store.setSources(sources);
      this.pictures.draw();
      if (this.listening.changed()) this.draw();
    });
    on("speakers", (levels) => this.pictures.heard(levels));
    on("quality", ({ peers }) => {
      Object.assign(store.quality, peers);
      this.draw();
    });
    on("bye", ({ reason }) => this.over(reason));
    on("refused", (problem) => this.over(problem.code === "room_full" || problem.code === "removed" ? problem.code : "refused", problem));
    this.own.addEventListener("change", () => this.drawOwn());
    this.media.addEventListener("slots", () => this.pictures.draw());
  }

  joined(answer) {
    const { store } = this;
    clock.offset = Date.parse(answer.server_now) - Date.now();
    store.me = answer.me;
    store.load(answer.snapshot);
    this.memory.keep({ way: this.choice.way, name: this.choice.name });
    this.media.entered(answer, this.connections());
    this.draw();
    this.drawOwn();
    this.own.obey();
    this.booth.restore();
    this.measure();
    this.low.begin(this.choice.way?.link);
  }

  /** Which media connections this page has. */
  connections() {
    const { store } = this;
    if (store.me.via === "control") return [];
    return [...(store.speaks || store.interprets ? ["publish"] : []), "subscribe"];
  }

  event(event) {
    this.store.patch(event.patch);
    if (event.type === "peer_left" && event.data.peer === this.store.me.peer) this.why = event.data.why;
    if (event.type === "media_reset") {
      this.store.setSources([]);
      this.media.reset(event.data.epoch);
    }
    this.notices.tell(event);
    this.order.tell(event);
    this.own.obey();
    this.draw();
    this.offerChair();
    if (event.type === "collision_warned") this.changeOver(event.data);
  }

  /** The other session of our point begins now, and its officer has chosen to go there. */
  changeOver({ point, minutes }) {
    const chosen = this.store.room.collisions?.[point]?.choice;
    if (point === this.store.me.point && minutes <= 0 && chosen === "leave") this.leave();
  }

  /** The deputy hears once that the chair may be taken over. */
  offerChair() {
    const may = this.store.mayTakeChair;
    if (may && !this.offered) {
      const run = () => this.store.mayTakeChair && this.people.order("take_chair");
      toast(t("may_take_chair"), { look: "warn", stay: true, act: { word: t("take_over"), run } });
    }
    if (may !== Boolean(this.offered)) this.people.draw();
    this.offered = may;
  }

  draw() {
    const { store } = this;
    if (!store.room || !store.me || this.signal.ended) return;
    document.body.dataset.phase = store.phase;
    document.body.dataset.role = store.steers ? "steers" : store.me.role;
    this.pictures.active = store.phase === "live" && store.me.via !== "control" && !store.outside;
    this.lobby.draw(this.own.camera ? this.media.tracks.camera : null);
    this.bar.draw();
    this.people.draw();
    this.conduct.draw();
    this.listening.draw();
    this.booth.draw();
    this.order.draw();
    this.beside.draw();
    this.sheet.draw();
    this.toolbar.draw();
    this.papers.draw();
    this.captionDesk.draw();
    for (const part of this.asked) part.draw();
    this.pictures.draw();
    if (store.phase === "closed") this.over("ended");
  }

  drawOwn() {
    this.pictures.setOwn(this.own.camera ? this.media.tracks.camera : null);
    this.draw();
  }

  second() {
    this.bar.tick();
    this.lobby.tick();
    this.order.tick();
    this.people.drawTime();
    this.conduct.second();
    this.offerChair();
  }

  async measure() {
    if (this.signal.ended) return;
    const { word, rtt, loss, lasting, figures } = await this.quality.measure();
    const { way } = figures;
    if (this.signal.joined) drawQuality(word);
    this.connection.draw();
    byId("settings-quality").textContent = t(`quality_${word}`);
    byId("settings-way").textContent = way ? t(way.type === "relay" ? "route_relay" : "route_direct", { by: way.relay.toUpperCase() }) : "";
    this.low.offer(lasting);
    this.fitPc();
    this.media.mend();
    await this.signal.pulse({ quality: word, rtt_ms: rtt, loss, ...forReport(figures) });
  }

  /** A PC that cannot draw all pictures is asked for fewer. */
  fitPc() {
    const { pictures } = this;
    if (pictures.drawAtMost(this.quality.mostPictures(pictures.drawn?.length ?? 0)) && !this.toldOfPc) {
      this.toldOfPc = true;
      toast(t("pc_draws_less"), { stay: true });
    }
  }

  over(reason, problem) {
    this.media.stop();
    if (reason === "ended" || reason === "removed") this.memory.forget();
    showOver(reason, problem, reason === "removed" ? this.why : "");
  }
}
