/**
 * The room's state as the server tells it: a snapshot, then patches (signaling/PROTOCOL.md, "State, seq, patches").
 * Everything here is reading; nothing is decided on this side.
 */
import { localText, pointName, serverNow, t } from "./boot.js";
import { channelOf, LANGUAGES } from "./channels/state.js";
import { cutOff } from "./order/state.js";

const SENDING = new Set(["chair", "deputy", "point"]);
const RECEIVE_ONLY = new Set(["control", "wall", "whep"]);

export class Store {
  constructor() {
    Object.assign(this, { room: null, me: null, sources: new Map(), quality: {} });
  }

  /** Replace the whole state. */
  load(snapshot) {
    this.room = snapshot;
  }

  /** Apply one event's patch: keys replace, peers merge one by one. */
  patch(patch) {
    for (const [key, value] of Object.entries(patch ?? {})) {
      if (key === "peers") this.patchPeers(value);
      else this.room[key] = value;
    }
  }

  patchPeers(peers) {
    for (const [id, peer] of Object.entries(peers)) {
      if (peer === null) delete this.room.peers[id];
      else this.room.peers[id] = peer;
    }
  }

  /** The server's `sources` message. */
  setSources(list) {
    this.sources = new Map(list.map((source) => [source.id, source]));
  }

  get mine() {
    return this.room?.peers[this.me?.peer] ?? null;
  }

  /** Whether this device is cut off: kept waiting, or left out of a closed item. The room looks empty to it, even of itself. */
  get outside() {
    return Boolean(this.me && this.room && this.phase !== "closed" && !this.mine);
  }

  get phase() {
    return this.room?.phase ?? "lobby";
  }

  peer(id) {
    return this.room?.peers[id] ?? null;
  }

  /** Whether this page steers: the booked chair, or the deputy who took over. */
  get steers() {
    if (this.me?.via === "wall") return false;
    return this.me?.role === "chair" || Boolean(this.me && this.room?.chair.acting === this.me.peer);
  }

  /** Whether this page keeps the meeting's order: whoever steers, and the secretary. */
  get conducts() {
    return this.steers || this.me?.role === "secretary";
  }

  /** Whether this device's microphone is carried, and whether it may show a screen, by the rules of the room. */
  get maySpeak() {
    return this.room?.rights.speak !== "floor" || this.steers || this.room.floor === this.me?.peer;
  }

  get mayShare() {
    const allowed = { all: true, floor: this.room?.floor === this.me?.peer, chair: false }[this.room?.rights.share ?? "all"];
    return allowed || this.steers;
  }

  /** Whether this device may lay out a document for everybody. */
  get mayPresent() {
    if (this.me?.via === "wall") return false;
    return this.conducts || (this.room?.rights.share !== "chair" && Boolean(this.me) && this.room?.floor === this.me.peer);
  }

  get mayTakeChair() {
    const { takeover_at: at, acting } = this.room?.chair ?? {};
    return this.me?.role === "deputy" && this.phase === "live" && !acting && Boolean(at) && Date.parse(at) <= serverNow();
  }

  /** Whether a peer may send picture and sound. */
  sends(peer) {
    return SENDING.has(peer.role) && !RECEIVE_ONLY.has(peer.via);
  }

  /** Whether this page is an interpreter's. */
  get interprets() {
    return this.me?.role === "interpreter" && this.me.via !== "wall";
  }

  /** Whether this page may raise a hand, take the floor and so on. */
  get speaks() {
    return SENDING.has(this.me?.role) && this.me.via !== "wall";
  }

  /** A peer's place in the list of speakers, from 1; 0: it is not in it. */
  placeOf(peer) {
    return (this.room?.queue ?? []).findIndex((request) => request.peer === peer) + 1;
  }

  /** Peers that people see, in a fixed order: chair first, then as the session lists its points, then by name. */
  get visible() {
    const order = new Map((this.room?.session.points ?? []).map((point, index) => [point.slug, index]));
    const rank = (peer) => (peer.role === "chair" ? -1 : order.get(peer.point) ?? 999);
    return Object.values(this.room?.peers ?? {})
      .filter((peer) => this.sends(peer))
      .sort((a, b) => rank(a) - rank(b) || (a.joined_at < b.joined_at ? -1 : 1));
  }

  /** Everybody else whom people see; who is cut off is not in the picture. */
  get others() {
    return this.visible.filter((peer) => peer.peer !== this.me?.peer && !cutOff(this, peer));
  }

  /** The camera that shows a peer's picture now, or null: switched on by the person, and really being sent. */
  cameraOf(peer) {
    const source = this.sources.get(`${peer.peer}:camera`);
    return source && peer.camera ? source.id : null;
  }

  /** Points invited and not here. */
  get missing() {
    const here = new Set(Object.values(this.room?.peers ?? {}).filter((peer) => !peer.away_at && peer.via !== "wall").map((peer) => peer.point));
    return (this.room?.session.points ?? []).filter((point) => !here.has(point.slug));
  }

  /** The name of a point, in the reader's language. */
  nameOfPoint(slug) {
    const listed = this.room?.session.points.find((point) => point.slug === slug);
    return pointName(slug) || localText(listed?.name) || slug || "";
  }

  /** The large word under a picture: the point's name, or the person's where there is no point. */
  label(peer) {
    return this.nameOfPoint(peer.point) || peer.name || t(`role_${peer.role}`);
  }

  /** The small word under it: who sits there, and the role when it is a special one. */
  sublabel(peer) {
    const name = peer.point ? peer.name : "";
    const role = this.roleWord(peer);
    return [role, name === this.label(peer) ? "" : name].filter(Boolean).join(" · ");
  }

  /** Both under a picture: a citizen's name while the floor is the citizen's there, else as above. */
  plate(peer) {
    const citizen = this.room?.floor === peer.peer ? this.room.speech?.question : null;
    if (!citizen) return { label: this.label(peer), sub: this.sublabel(peer) };
    return { label: citizen.name || t("a_citizen"), sub: [citizen.place, this.label(peer)].filter(Boolean).join(" · ") };
  }

  roleWord(peer) {
    if (["wall", "bot"].includes(peer.via)) return t(`role_${peer.via}`);
    if (this.room?.chair.acting === peer.peer) return t("role_acting_chair");
    const channel = LANGUAGES[channelOf(this.room, peer.peer)];
    return peer.role === "point" || peer.role === "watcher" ? "" : [t(`role_${peer.role}`), channel].filter(Boolean).join(" · ");
  }

  /** The present agenda item {number, title, minutes} or null. */
  get agendaItem() {
    const list = this.room?.session.agenda ?? [];
    const item = list[this.room?.agenda.index ?? 0];
    return item ? { number: (this.room.agenda.index ?? 0) + 1, title: localText(item.title), minutes: item.minutes } : null;
  }
}
