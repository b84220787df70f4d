/**
 * Picture and sound of this page: the publisher and subscriber connections over the signaling door, and the slot table.
 * `state` events tell that a connection came or went. Own tracks live here, so that a rebuilt connection sends them again.
 */
import { Link } from "./link.js";
import { Publisher } from "./publisher.js";
import { Relays } from "./relays.js";
import { SlotTable } from "./slots.js";
import { Subscriber } from "./subscriber.js";

const STUCK_MS = 3000;
const SOUND_HEIGHT = 16; // `view` asks for one; a channel has none

export class Media extends EventTarget {
  constructor(signal) {
    super();
    Object.assign(this, { signal, epoch: 0, low: false, still: false, stopped: false });
    this.tracks = { camera: null, microphone: null, screen: null };
    this.relays = new Relays(() => signal.request("ice"));
    this.slots = new SlotTable();
    this.links = new Map(); // connection name → Link
    signal.addEventListener("slots", ({ detail }) => this.slots.told(detail.slots));
    signal.addEventListener("layers", ({ detail }) => this.publisher?.setWanted(detail.wanted).catch((problem) => this.failed(problem)));
  }

  /** After every join: keep what works, mend or build the rest. `names`: which connections this page wants. */
  entered({ epoch, ice_servers: iceServers }, names) {
    this.relays.take(iceServers);
    for (const name of names) if (!this.links.has(name)) this.links.set(name, this.link(name));
    if (epoch !== this.epoch) this.reset(epoch);
    else {
      for (const link of this.links.values()) link.ensure();
      this.askAgain(this.everyWish());
    }
  }

  /** The media process was restarted: everything anew, with the new epoch. */
  reset(epoch) {
    this.epoch = epoch;
    for (const link of this.links.values()) {
      link.wanted = true;
      link.attempts = 0;
      link.rebuild();
    }
  }

  link(name) {
    const parts = name === "publish" ? this.publishParts() : this.subscribeParts(name);
    const link = new Link({ ...parts, ready: () => this.signal.joined, failed: (problem) => this.failed(problem) });
    link.addEventListener("state", () => this.dispatchEvent(new Event("state")));
    return link;
  }

  failed(problem) {
    const epoch = problem.problem?.epoch;
    if (problem.code === "stale_epoch" && epoch) this.epoch = epoch;
    else if (!problem.code) console.error(problem); // a mistake of ours, not the network's
  }

  publishParts() {
    const make = () => {
      let fresh = true;
      const offer = async (sdp, kinds) => {
        const body = { epoch: this.epoch, sdp, kinds, ...(fresh ? { fresh } : {}) };
        const answer = await this.signal.request("publish", body);
        fresh = false;
        return answer.sdp;
      };
      const publisher = new Publisher(offer);
      Object.assign(publisher, { low: this.low, still: this.still });
      return publisher;
    };
    const begin = async (publisher) => {
      publisher.wait(this.relays.renew(publisher));
      await publisher.start(this.tracks);
      if (this.tracks.screen) await publisher.startScreen(this.tracks.screen);
    };
    return { make, begin, restart: (publisher) => this.restart(publisher), dropping: () => undefined };
  }

  subscribeParts(connection) {
    const ask = (name) => () => this.signal.request(name, { epoch: this.epoch, connection });
    const answer = (sdp) => this.signal.request("answer", { epoch: this.epoch, connection, sdp });
    const make = () => new Subscriber({ subscribe: ask("subscribe"), restart: ask("restart"), answer });
    const begin = async (subscriber) => {
      await this.relays.renew(subscriber);
      await subscriber.start((slots) => {
        this.slots.reset(slots, connection);
        this.dispatchEvent(new Event("slots"));
      });
    };
    const dropping = () => this.slots.blank(connection); // an ended track would show black under somebody's name
    return { make, begin, restart: (subscriber) => this.restart(subscriber), dropping };
  }

  async restart(connection) {
    await this.relays.renew(connection);
    await connection.restartIce();
  }

  get publisher() {
    return this.links.get("publish")?.connection ?? null;
  }

  /** "up", "building" or "none", over all connections this page wants. */
  get state() {
    const links = [...this.links.values()];
    if (!links.length) return "none";
    return links.every((link) => link.up) ? "up" : "building";
  }

  async setCamera(track) {
    this.tracks.camera = track;
    const fits = (await this.publisher?.setCamera(track)) ?? true;
    if (!fits) this.links.get("publish").rebuild();
  }

  async setMicrophone(track) {
    this.tracks.microphone = track;
    await this.publisher?.setMicrophone(track);
  }

  async startScreen(track) {
    this.tracks.screen = track;
    await this.publisher?.startScreen(track);
  }

  async stopScreen() {
    this.tracks.screen?.stop();
    this.tracks.screen = null;
    await this.publisher?.stopScreen();
  }

  async setLow(low) {
    this.low = low;
    await this.publisher?.setLow(low);
  }

  /** Send stills of the camera instead of its picture; a connection that comes later begins so. */
  async setStill(still) {
    this.still = still;
    try {
      await this.publisher?.setStill(still);
    } catch (problem) {
      if (problem.name !== "InvalidStateError") throw problem; // that connection has just ended: the next one knows
    }
  }

  /** Show exactly these sources: Map source → height in pixels, most important first. */
  want(wants) {
    this.askAgain(this.slots.show(wants));
  }

  /** Hear a channel of interpretation ("": none) beside the room. */
  listen(language) {
    const source = language ? `channel:${language}` : null;
    for (const slot of this.slots.ofKind("interpretation")) {
      if (slot.wanted === source) continue;
      Object.assign(slot, { wanted: source, height: SOUND_HEIGHT });
      this.askAgain(new Map([[slot.connection, { [slot.mid]: source && { source, height: SOUND_HEIGHT } }]]));
    }
  }

  async askAgain(changes) {
    for (const [connection, slots] of changes) {
      try {
        await this.signal.request("view", { connection, slots });
      } catch (problem) {
        if (!problem.code) throw problem;
        this.unasked = true; // `mend` asks again
      }
    }
  }

  everyWish() {
    const changes = new Map();
    for (const slot of [...this.slots.ofKind("video"), ...this.slots.ofKind("interpretation")]) {
      if (!changes.has(slot.connection)) changes.set(slot.connection, {});
      changes.get(slot.connection)[slot.mid] = slot.wanted ? { source: slot.wanted, height: slot.height } : null;
    }
    return changes;
  }

  /** Ask once more for pictures that have not come; called every few seconds. */
  mend() {
    const now = performance.now();
    const late = (slot) => slot.wanted && slot.carrying !== slot.wanted && !slot.starved && now - (slot.askedAt ?? 0) > STUCK_MS;
    const stuck = this.slots.ofKind("video").filter(late);
    if (!this.unasked && !stuck.length) return;
    this.unasked = false;
    for (const slot of stuck) slot.askedAt = now;
    this.askAgain(this.everyWish());
  }

  stop() {
    this.stopped = true;
    for (const link of this.links.values()) link.stop();
    for (const track of Object.values(this.tracks)) track?.stop();
  }
}
