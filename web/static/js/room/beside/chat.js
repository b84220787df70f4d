/**
 * The chat as this page knows it: what was said, what waits to be sent, what has not been read. Nothing here draws.
 *
 * A message carries an id of ours and is sent again until it is answered, after a lost line or a reload too. What was said
 * meanwhile is asked for by number. A file goes before the message that brings it, under the same id. `change` events say that something
 * is different, `said` brings each new message of others, `removed` the number of one taken away, `refused` what the server would not
 * take, `back` what its sender has taken back.
 */
import { boot } from "../boot.js";
import { AGAIN_CODES, newId } from "../signal.js";
import { GivenUp, Uploads } from "./uploads.js";

const KEY = `liaison.chat.${boot.session}`;
const AGAIN_MS = 1500;

/** What this window remembers: unsent messages, the draft, up to where it was read. */
export const memory = {
  read: () => JSON.parse(sessionStorage.getItem(KEY) ?? "{}"),
  write: (values) => sessionStorage.setItem(KEY, JSON.stringify({ ...memory.read(), ...values })),
};

export class Chat extends EventTarget {
  constructor({ signal, store }) {
    super();
    const { waiting = [], seen = 0 } = memory.read();
    const lost = waiting.filter(({ upload, file }) => upload && !file); // the file was in the page that is gone
    Object.assign(this, { signal, store, waiting: waiting.filter((entry) => !lost.includes(entry)), lost, seen, messages: new Map(),
      known: 0, current: false, turn: 0, more: false, uploads: new Uploads(() => signal.memory.get()), uploading: null });
    signal.addEventListener("chat", ({ detail }) => this.heard(detail));
    signal.addEventListener("lost", () => this.behind());
    signal.socket.on("audience", () => this.behind()); // cut off, or let in again
  }

  /** Something may be said now that is not told here. */
  behind() {
    this.turn += 1;
    this.set({ current: false });
  }

  set(values) {
    Object.assign(this, values);
    this.dispatchEvent(new Event("change"));
  }

  get talks() {
    const { me } = this.store;
    return Boolean(me && me.role !== "watcher" && me.via !== "wall");
  }

  /** Those who lead read what is said to the chair, and may answer. */
  get leads() {
    return ["chair", "deputy", "secretary"].includes(this.store.me?.role);
  }

  /** Whether the rules of the room let this page write to all, to the chair, to the help desk. */
  may(to) {
    const rule = this.store.room?.rights.chat ?? "all";
    if (this.store.phase === "closed" || this.store.outside || !this.talks) return false;
    return this.store.conducts || rule === "all" || (rule === "chair" && to !== "all");
  }

  /** Whether they let its messages bring files. */
  get mayAttach() {
    const rule = this.store.room?.rights.files ?? "all";
    return ["all", "chair", "help_desk"].some((to) => this.may(to)) && (rule === "all" || (rule === "leading" && (this.leads || this.store.steers)));
  }

  get list() {
    return [...this.messages.values()].sort((a, b) => a.seq - b.seq);
  }

  isMine({ peer }) {
    return peer === this.store.me?.peer;
  }

  get unread() {
    return this.list.filter((message) => message.seq > this.seen && !message.removed && !this.isMine(message)).length;
  }

  /** Everything shown has been read. */
  read() {
    const newest = Math.max(this.seen, ...this.messages.keys());
    if (newest === this.seen) return;
    memory.write({ seen: newest });
    this.set({ seen: newest });
  }

  // ---------------------------------------------------------------- hearing

  /** Asked at every drawing: when this page has (again) come in, what was said meanwhile is fetched, and what waits is sent. */
  async ensure() {
    if (this.current || this.asking || !this.talks || this.store.outside || !this.signal.joined) return;
    this.asking = true;
    await this.catchUp(this.turn);
    this.asking = false;
    if (this.current) this.pump();
    else setTimeout(() => this.ensure(), AGAIN_MS);
  }

  async catchUp(turn) {
    const first = this.known === 0;
    let page;
    do {
      page = await this.ask(first ? {} : { after: this.known });
      if (!page) return;
      for (const message of page.messages) this.keep(message, first);
      this.known = page.more && !first ? page.messages.at(-1).seq : Math.max(this.known, page.seq);
      if (first) this.more = page.more;
    } while (page.more && !first);
    this.set({ current: turn === this.turn });
  }

  /** Before what is shown. */
  async earlier() {
    const page = await this.ask({ before: Math.min(...this.messages.keys()) });
    if (!page) return;
    for (const message of page.messages) this.keep(message, true);
    this.set({ more: page.more });
  }

  /** A page, or nothing: then it is asked for again. */
  async ask(fields) {
    try {
      return await this.signal.request("chat_read", fields);
    } catch (problem) {
      if (!problem.code) throw problem;
      return null;
    }
  }

  heard(message) {
    if (this.current) this.known = Math.max(this.known, message.seq);
    this.keep(message, false);
    this.dispatchEvent(new Event("change"));
  }

  /** `old`: it was said before this page was here, and nobody need be told of it. */
  keep(message, old) {
    if (message.removes) {
      const gone = this.messages.get(message.removes);
      if (gone) this.messages.set(gone.seq, { ...gone, text: "", file: null, removed: true });
      this.dispatchEvent(new CustomEvent("removed", { detail: message.removes }));
      return;
    }
    const known = this.messages.has(message.seq);
    this.messages.set(message.seq, message);
    if (!known && !old && !this.isMine(message) && !message.removed) this.dispatchEvent(new CustomEvent("said", { detail: message }));
  }

  // ---------------------------------------------------------------- saying

  /** `to`: {to, peer?, answers?}; `file`: one that goes with it. */
  say(text, to, file = null) {
    const entry = { id: newId(), text, ...to, ...(file ? { upload: { name: file.name, size: file.size } } : {}) };
    if (file) this.uploads.hold(entry.id, file);
    this.waiting.push(entry);
    this.keepWaiting();
    this.pump();
  }

  keepWaiting() {
    memory.write({ waiting: this.waiting });
    this.dispatchEvent(new Event("change"));
  }

  /** One after another, so that they stay in order; a message whose file is still on its way lets others pass. */
  async pump() {
    this.sendFile();
    const next = this.waiting.find(({ upload, file }) => !upload || file);
    if (this.sending || !next || !this.signal.joined || this.store.outside) return;
    this.sending = true;
    const { upload: _upload, ...said } = next;
    const problem = await this.attempt(() => this.signal.request("chat_say", said));
    this.sending = false;
    if (problem && AGAIN_CODES.has(problem.code)) return void setTimeout(() => this.pump(), AGAIN_MS);
    this.done(next, problem);
    return this.pump();
  }

  async sendFile() {
    const next = this.waiting.find(({ upload, file }) => upload && !file);
    if (this.uploading || !next || !this.signal.joined || this.store.outside) return;
    this.uploading = { id: next.id, part: 0 };
    const problem = await this.attempt(async () => (next.file = await this.uploads.send(next.id, (part) => this.progressed(part))));
    this.uploading = null;
    if (problem && problem.code !== "rate_limited" && AGAIN_CODES.has(problem.code)) return void setTimeout(() => this.pump(), AGAIN_MS);
    if (problem) this.done(next, problem);
    else this.keepWaiting();
    this.pump();
  }

  /** In steps that can be seen. */
  progressed(part) {
    const step = Math.floor(part * 20) / 20;
    if (step === this.uploading.part) return;
    this.uploading.part = step;
    this.dispatchEvent(new Event("change"));
  }

  /** The server has taken it, or would not. */
  done(entry, problem) {
    const file = this.uploads.files.get(entry.id);
    this.waiting = this.waiting.filter((other) => other !== entry);
    this.uploads.drop(entry.id);
    this.keepWaiting();
    if (problem && !(problem instanceof GivenUp)) this.dispatchEvent(new CustomEvent("refused", { detail: { entry, file, problem } }));
  }

  /** Its sender takes back a message that waits for its file. */
  takeBack(entry) {
    const file = this.uploads.files.get(entry.id);
    this.done(entry, null);
    this.dispatchEvent(new CustomEvent("back", { detail: { entry, file } }));
  }

  /** What was wrong, or nothing. */
  async attempt(act) {
    try {
      await act();
      return null;
    } catch (problem) {
      if (!problem.code && !(problem instanceof GivenUp)) throw problem;
      return problem;
    }
  }

  async remove(seq) {
    await this.signal.request("chat_remove", { seq });
  }
}
