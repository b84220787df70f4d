/**
 * The pictures of the room: who is large, which page of small ones is seen, and what is therefore asked of the server.
 * Nothing that is not seen is asked for.
 */
import { boot, t } from "./boot.js";
import { byId, setText, show } from "./dom.js";
import { besidePaper, divide, gallery, pair } from "./layout.js";
import { calledPeer } from "./order/state.js";
import { SlotTable } from "./slots.js";
import { StagePicker } from "./speakers.js";
import { StagePlace } from "./stage_place.js";
import { largePlaces, shareOf, speakerFirst, stageOf, stageWords } from "./staging.js";
import { Tile } from "./tile.js";

const DRAW_MS = 40;
const LOW_HEIGHT = 180;
const PINNED = `liaison.pin.${boot.session}`;
const LISTEN_LEVEL = 50; // dB below full scale; quieter is not called speaking

export class Pictures extends EventTarget {
  constructor({ store, media }) {
    super();
    Object.assign(this, { store, media, page: 0, pages: 1, pinned: sessionStorage.getItem(PINNED), own: null, active: false, speaking: new Set() });
    Object.assign(this, { low: false, paper: false, most: null });
    this.picker = new StagePicker();
    this.tiles = new Map(); // peer id → Tile
    this.places = [new StagePlace(byId("stage-picture")), new StagePlace(byId("stage-second"))];
    this.staged = stageOf(null);
    this.extras = []; // more pictures somewhere on the page: {want: {source, height} | null, show(slot, source)}
    this.listen();
  }

  listen() {
    new ResizeObserver(() => this.draw()).observe(byId("floorplan"));
    for (const name of ["slots", "state"]) this.media.addEventListener(name, () => this.draw());
    this.media.slots.addEventListener("change", () => this.refresh());
    byId("page-back").addEventListener("click", () => this.turn(-1));
    byId("page-next").addEventListener("click", () => this.turn(1));
    byId("unpin").addEventListener("click", () => this.pin(null));
    setInterval(() => this.active && this.draw(), 500); // the picker's patience is measured in time
  }

  /** The server's `speakers` message. */
  heard({ levels, loudest }) {
    const now = performance.now();
    this.speaking = new Set(loudest.filter((peer) => (levels[peer] ?? 127) < LISTEN_LEVEL));
    this.picker.heard(loudest.filter((peer) => this.speaking.has(peer) && peer !== this.store.me?.peer), now);
    this.draw();
  }

  /** Who is large, in the first place. */
  get onStage() {
    return this.places[0].shown;
  }

  /** Whether somebody stands in a large place. */
  isLarge(peer) {
    return this.places.some(({ shown }) => shown.peer === peer && !shown.screen);
  }

  /** The slot that carries the large picture now, or nothing. */
  largeSlot() {
    const { source } = this.onStage;
    return source ? [...this.media.slots.slots.values()].find((slot) => slot.carrying === source) : undefined;
  }

  /** While the chair decides what everybody sees, a pin would change nothing: `fixed` lets that be said. */
  pin(peer) {
    if (this.staged.mode !== "free") return this.dispatchEvent(new Event("fixed"));
    this.pinned = this.pinned === peer ? null : peer;
    if (this.pinned) sessionStorage.setItem(PINNED, this.pinned); // a reload keeps it
    else sessionStorage.removeItem(PINNED);
    this.draw();
  }

  /** Draw at most so many small pictures (null: all); true when that is fewer than before. */
  drawAtMost(most) {
    if (most === this.most) return false;
    const fewer = most !== null && most < (this.most ?? Infinity);
    this.most = most;
    this.draw();
    return fewer;
  }

  turn(step) {
    this.page += step;
    this.drawNow();
    if (this.staged.mode === "gallery") this.dispatchEvent(new CustomEvent("turned", { detail: this.page }));
  }

  /** The own camera's track, or null. */
  setOwn(track) {
    this.own = track;
    this.draw();
  }

  /** Draw soon; many causes in a row draw once. */
  draw() {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      if (this.active && this.store.room && this.store.me) this.drawNow();
    }, DRAW_MS);
  }

  drawNow() {
    const { store } = this;
    const others = store.others;
    this.chooseStage(others);
    const box = byId("floorplan").getBoundingClientRect();
    const style = getComputedStyle(byId("floorplan"));
    const pad = (side) => parseFloat(style[`padding${side}`]) || 0;
    const width = box.width - pad("Left") - pad("Right");
    const height = box.height - pad("Top") - pad("Bottom");
    const own = store.mine && store.sends(store.mine) ? 1 : 0;
    const plan = this.planFor(width, height, others, own);
    this.applyPlan(plan, own);
    this.drawStage();
    this.wantNow(plan);
    this.refresh();
  }

  /** The chair's arrangement has changed: a gallery begins at the page that the chair has turned to. */
  followStage() {
    const stage = stageOf(this.store.room);
    if (stage.mode === "gallery" && (this.staged.mode !== "gallery" || stage.page !== this.staged.page)) this.page = stage.page;
    this.staged = stage;
  }

  chooseStage(others) {
    const { store } = this;
    this.followStage();
    const chair = others.find((peer) => peer.role === "chair")?.peer ?? null;
    const here = others.map((other) => other.peer);
    const pick = (pinned) => this.picker.pick({ here, pinned, floor: store.room.floor, chair, now: performance.now() });
    const wanted = boot.screen === 2 || this.paper ? [] : largePlaces({
      stage: this.staged, screen: store.room.screen, me: store.me.peer, here: new Set(here), pinned: this.pinned,
      called: calledPeer(store), pick,
    });
    this.places.forEach((place, index) => {
      const { peer = null, screen = false } = wanted[index] ?? {};
      const source = screen ? `${peer}:screen` : peer && peer !== store.me.peer ? store.cameraOf(store.peer(peer)) : null;
      place.shown = { peer, source, screen };
    });
    this.large = wanted.length;
  }

  /** Everybody but the large one, who keeps a small place only when there are several pages (so that pages stand still). */
  planFor(width, height, everybody, own) {
    const most = boot.wall ? 48 : 24;
    const others = shareOf(speakerFirst(everybody, this.store.room), boot.screen ?? 0);
    if (this.paper) return { ...besidePaper(width, height, others.length + own, most), list: others };
    if (!this.large) return { ...gallery(width, height, others.length + own, most), list: others };
    const rest = others.filter((peer) => !this.isLarge(peer.peer));
    const parted = this.large > 1 ? pair : divide;
    const plan = parted(width, height, rest.length + own, most);
    if (rest.length + own <= plan.pageSize) return { ...plan, list: rest };
    return { ...parted(width, height, others.length + own, most), list: others };
  }

  applyPlan(plan, own) {
    const size = Math.max(1, plan.pageSize - own);
    const pages = Math.max(1, Math.ceil(plan.list.length / size));
    this.pages = pages;
    this.page = Math.min(Math.max(0, this.page), pages - 1);
    plan.seen = plan.list.slice(this.page * size, (this.page + 1) * size);
    const floorplan = byId("floorplan");
    floorplan.dataset.side = plan.side;
    floorplan.dataset.large = String(this.large);
    floorplan.dataset.plate = plan.plateHeight ? "under" : "over";
    const pixels = { "tile-width": plan.tileWidth, "tile-height": plan.tileHeight, "stage-height": plan.stageHeight, "plate-height": plan.plateHeight };
    for (const [name, value] of Object.entries(pixels)) floorplan.style.setProperty(`--${name}`, `${value}px`);
    floorplan.style.setProperty("--columns", String(plan.columns));
    show(byId("strip"), plan.side !== "none");
    show(byId("pager"), pages > 1);
    setText(byId("page-word"), t("page_of", { page: this.page + 1, pages }));
    byId("page-back").disabled = this.page === 0;
    byId("page-next").disabled = this.page === pages - 1;
    this.placeTiles(plan.seen, own);
  }

  placeTiles(seen, own) {
    const wanted = [...(own ? [this.store.mine] : []), ...seen];
    const keep = new Set(wanted.map((peer) => peer.peer));
    for (const [id, tile] of this.tiles) if (!keep.has(id)) this.removeTile(id, tile);
    wanted.forEach((peer, index) => {
      const tile = this.tiles.get(peer.peer) ?? this.addTile(peer.peer);
      tile.element.style.order = String(index); // never moved in the document: a moved video would blink
      tile.update(this.factsOf(peer));
    });
  }

  addTile(id) {
    const tile = new Tile(id, { own: id === this.store.me.peer, onpin: (peer) => this.pin(peer) });
    this.tiles.set(id, tile);
    byId("tiles").append(tile.element);
    return tile;
  }

  removeTile(id, tile) {
    tile.dispose();
    this.tiles.delete(id);
  }

  factsOf(peer) {
    const { store } = this;
    const own = peer.peer === store.me.peer;
    return {
      ...(own ? { label: t("you"), sub: store.plate(peer).label } : store.plate(peer)),
      speaking: this.speaking.has(peer.peer), still: own && Boolean(this.still) && Boolean(this.own), floor: store.room.floor === peer.peer,
      hand: store.placeOf(peer.peer), muted: !peer.microphone, away: Boolean(peer.away_at),
      quality: store.quality[peer.peer], starved: this.starves(peer), pinned: this.staged.mode === "free" && this.pinned === peer.peer, onStage: this.isLarge(peer.peer),
    };
  }

  starves(peer) {
    const camera = this.store.cameraOf(peer);
    return SlotTable.starves(this.media.slots.slotFor(camera), camera);
  }

  drawStage() {
    const { store } = this;
    for (const place of this.places) {
      const peer = store.peer(place.shown.peer);
      place.draw(place.factsOf(store, peer, peer && this.starves(peer)));
    }
    show(byId("stage-second"), this.large > 1);
    show(byId("unpin"), Boolean(this.staged.mode === "free" && this.pinned && this.pinned === this.onStage.peer && !this.onStage.screen));
    const told = stageWords(store);
    show(byId("stage-told"), Boolean(told));
    setText(byId("stage-told-words"), told);
  }

  wantNow(plan) {
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const height = (pixels) => {
      const real = Math.max(16, Math.min(2160, Math.round((pixels * ratio) / 8) * 8));
      return this.low ? Math.min(real, LOW_HEIGHT) : real;
    };
    const wants = new Map();
    for (const { shown } of this.places)
      if (shown.source && !shown.screen) wants.set(shown.source, height(plan.each ?? plan.stageHeight));
    for (const { want } of this.extras) if (want && !wants.has(want.source)) wants.set(want.source, height(want.height));
    this.drawn = plan.seen.slice(0, this.low ? 0 : this.most ?? plan.seen.length); // of the others the name
    for (const peer of this.drawn) {
      const source = this.store.cameraOf(peer);
      if (source && !wants.has(source)) wants.set(source, height(plan.tileHeight));
    }
    for (const slot of this.media.slots.ofKind("screen")) slot.wanted = this.onStage.screen ? this.onStage.source : null;
    this.media.want(wants);
  }

  /** Put each slot's picture into its place, as far as what it carries is known. */
  refresh() {
    if (!this.active || !this.store.me) return;
    const { slots } = this.media;
    for (const { picture, shown } of this.places) {
      if (shown.peer && shown.peer === this.store.me.peer) picture.showLocal(this.own);
      else picture.show(shown.screen ? slots.ofKind("screen")[0] ?? null : slots.slotFor(shown.source), shown.source);
    }
    for (const extra of this.extras) extra.show(slots.slotFor(extra.want?.source ?? null));
    for (const [id, tile] of this.tiles) {
      if (tile.own) tile.picture.showLocal(this.own);
      else {
        const peer = this.store.peer(id);
        const camera = this.low ? null : peer && this.store.cameraOf(peer);
        tile.picture.show(slots.slotFor(camera), camera);
      }
    }
  }
}
