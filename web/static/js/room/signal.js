/**
 * The room's door: one Socket.IO connection that joins, comes back by itself, and hands on what the server says.
 *
 * Events (all CustomEvent, `detail` as in signaling/PROTOCOL.md): `joined` (each time), `lost`, `refused`, `snapshot`,
 * `event`, `slots`, `layers`, `speakers`, `sources`, `quality`, `chat`, `note`, `bye`. Events of the log come in order and without gaps
 * (several at once when they happened together): on a gap the snapshot is fetched instead. Commands carry an id of ours, are sent again until
 * answered, and resolve when this page has heard what they did.
 */
import { io } from "../../vendor/socket.io/socket.io.esm.min.js";

const ANSWER_MS = 5000;
const PULSE_MS = 2500;
const CONNECT_MS = 2500;
/** Refusals after which the same may be sent again. */
export const AGAIN_CODES = new Set(["busy", "unavailable", "rate_limited", "timeout", "error", "not_joined"]);
const FINAL_CODES = new Set(["room_full", "removed", "sockets_full", "illegal_state", "not_found"]);

/** The server understood and refused; `problem` is {code, title, detail, remedy}. */
export class Refused extends Error {
  constructor(problem) {
    super(problem.detail || problem.title || problem.code);
    this.problem = problem;
    this.code = problem.code;
  }
}

/** No answer: the connection went away. Whatever it was may be tried again after `joined`. */
export class NoAnswer extends Error {
  constructor(what) {
    super(`no answer to ${what}`);
    this.code = "timeout";
  }
}

/** 128 random bits as text; works where crypto.randomUUID does not (plain HTTP). */
export function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Signal extends EventTarget {
  /**
   * `token()` resolves to a fresh join token or throws a Refused; `hello` is sent along with it (device, via);
   * `memory` keeps the resume token: {get(), set(token), clear()}.
   */
  constructor({ token, hello, memory }) {
    super();
    Object.assign(this, { token, hello, memory, seq: 0, ended: false, state: "idle", missed: 0, early: [], unheard: [], pass: {} });
    this.held = new Map(); // volatile messages that overtook the answer to `join`: the newest of each name
    this.commands = new Map(); // id → {body, resolve, reject}
    this.socket = io({
      autoConnect: false, transports: ["websocket"], timeout: CONNECT_MS, auth: (give) => this.present(give),
      reconnectionDelay: 300, reconnectionDelayMax: 1000, randomizationFactor: 0.4,
    });
    this.listen();
  }

  connect() {
    this.socket.connect();
  }

  get joined() {
    return this.state === "joined";
  }

  /** Ask and wait; throws Refused or NoAnswer. */
  async request(name, body = {}, timeout = ANSWER_MS) {
    if (!this.socket.connected) throw new NoAnswer(name);
    let answer;
    try {
      answer = await this.socket.timeout(timeout).emitWithAck(name, body);
    } catch (problem) {
      throw Object.assign(new NoAnswer(name), { cause: problem });
    }
    if (!answer?.ok) throw new Refused(answer?.error ?? { code: "unknown" });
    return answer;
  }

  /** Send a command; resolves when the server has taken it, however often the connection breaks meanwhile. */
  command(name, fields = {}) {
    const id = newId();
    return new Promise((resolve, reject) => {
      this.commands.set(id, { body: { id, name, fields }, resolve, reject });
      if (this.joined) this.sendCommand(id);
    });
  }

  async sendCommand(id) {
    const entry = this.commands.get(id);
    if (!entry) return;
    try {
      const answer = await this.request("command", entry.body);
      if (this.commands.delete(id)) this.unheard.push({ ...entry, answer });
      this.heard();
    } catch (problem) {
      if (AGAIN_CODES.has(problem.code)) {
        if (this.joined) setTimeout(() => this.sendCommand(id), 700); // otherwise `joined` sends it
      } else if (this.commands.delete(id)) entry.reject(problem);
    }
  }

  /** Commands whose events have come by now are done. */
  heard() {
    const done = this.unheard.filter(({ answer }) => this.ended || answer.seq <= this.seq);
    this.unheard = this.unheard.filter((entry) => !done.includes(entry));
    for (const { resolve, answer } of done) resolve(answer);
  }

  /** A sign of life both ways; two missed answers mean a dead connection that TCP has not noticed yet. */
  async pulse(body) {
    if (!this.joined) return;
    try {
      await this.request("report", body, PULSE_MS);
      this.missed = 0;
    } catch (problem) {
      if (!(problem instanceof NoAnswer)) return;
      this.missed += 1;
      if (this.missed >= 2 && this.joined) this.renew();
    }
  }

  /** Drop the connection and make a new one now. */
  renew() {
    if (this.ended) return;
    this.missed = 0;
    this.socket.disconnect();
    this.markLost();
    this.socket.connect();
  }

  async leave() {
    this.ended = true;
    this.memory.clear();
    try {
      await this.request("leave", {}, 1000);
    } catch (problem) {
      if (!(problem instanceof NoAnswer || problem instanceof Refused)) throw problem;
    }
    this.socket.disconnect();
  }

  tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  listen() {
    this.socket.on("connect", () => this.join());
    this.socket.on("connect_error", (problem) => problem.data?.code && this.joinFailed(new Refused(problem.data)));
    this.socket.on("disconnect", (reason) => {
      this.markLost();
      // A server that closes politely must be asked again by hand; everything else Socket.IO retries by itself.
      if (reason === "io server disconnect") this.later();
    });
    this.socket.on("event", (event) => this.received(event));
    this.socket.on("events", ({ events }) => events.forEach((event) => this.received(event)));
    for (const name of ["slots", "layers", "speakers", "sources", "quality"])
      this.socket.on(name, (detail) => (this.joined ? this.tell(name, detail) : this.held.set(name, detail)));
    for (const name of ["chat", "note"]) this.socket.on(name, (detail) => this.joined && this.tell(name, detail)); // asked for after joining
    this.socket.on("audience", () => this.joined && this.refresh()); // let in, or cut off: another view of the room
    this.socket.on("bye", (detail) => (detail?.reason === "lost" ? this.renew() : this.finish("bye", detail)));
    // Short attempts find a network that has just come back; every third one waits for a server that is only slow.
    this.socket.io.on("reconnect_attempt", (count) => this.socket.io.timeout(count % 3 ? CONNECT_MS : 4 * CONNECT_MS));
    window.addEventListener("online", () => !this.ended && this.state !== "idle" && this.renew());
  }

  markLost() {
    if (this.ended || this.state === "lost") return;
    this.state = "lost";
    this.tell("lost");
  }

  /** What opens the handshake, and then the room: the resume token of our place, else a fresh join token. */
  async present(give) {
    const resume = this.memory.get();
    try {
      this.pass = resume ? { resume } : { token: await this.token() };
      give(this.pass);
    } catch (problem) {
      this.joinFailed(problem);
    }
  }

  async join() {
    this.state = "joining";
    this.early = [];
    this.held.clear();
    const socketId = this.socket.id;
    const stale = () => this.ended || this.socket.id !== socketId;
    try {
      const answer = await this.request("join", { ...this.hello(), ...this.pass });
      if (!stale()) this.entered(answer);
    } catch (problem) {
      if (!stale()) this.joinFailed(problem);
    }
  }

  joinFailed(problem) {
    if (this.ended) return;
    const code = problem.code;
    if (AGAIN_CODES.has(code)) this.later();
    else if (this.pass.resume && !FINAL_CODES.has(code)) {
      this.memory.clear(); // our place is gone: ask for a new one with a fresh token
      this.later();
    } else this.finish("refused", problem.problem ?? { code: code ?? "unknown", detail: String(problem.message ?? problem) });
  }

  later() {
    this.socket.disconnect();
    this.markLost();
    setTimeout(() => !this.ended && !this.socket.connected && this.socket.connect(), 800);
  }

  finish(type, detail) {
    this.ended = true;
    this.memory.clear();
    this.socket.disconnect();
    this.heard();
    this.tell(type, detail);
  }

  entered(answer) {
    this.state = "joined";
    this.missed = 0;
    this.seq = answer.seq;
    if (answer.resume) this.memory.set(answer.resume);
    this.tell("joined", answer);
    for (const [name, detail] of this.held) this.tell(name, detail);
    for (const event of this.early.splice(0)) this.received(event);
    this.heard();
    for (const id of this.commands.keys()) this.sendCommand(id);
  }

  received(event) {
    if (!this.joined) this.early.push(event);
    if (!this.joined || event.seq <= this.seq) return;
    if (event.seq !== this.seq + 1) {
      this.refresh();
      return;
    }
    this.seq = event.seq;
    this.tell("event", event);
    this.heard();
    if (event.type === "session_changed") this.refresh();
  }

  /** Fetch the whole state: after a gap, or for an event this page does not know. */
  async refresh() {
    if (this.refreshing) return;
    this.refreshing = true;
    try {
      const answer = await this.request("snapshot");
      this.seq = answer.seq;
      this.tell("snapshot", answer);
      this.heard();
    } catch (problem) {
      if (!(problem instanceof NoAnswer)) throw problem; // a lost connection joins again, and brings the state along
    } finally {
      this.refreshing = false;
    }
  }
}
