// What was counted and is not sent yet, kept over a reload; acts have an id, so that sending again counts nothing twice.

import { parsed, store } from "./kept.js";

const AGAIN_MS = 5000;
const AT_ONCE = 200;
const PATIENCE_MS = 15000;
const TROUBLES = { 400: "stale", 401: "signed_out", 403: "barred", 404: "barred", 429: "away" };

/** A server's answer that is no list. */
export class Refusal extends Error {
  constructor(status) {
    super(`the server answered ${status}`);
    this.trouble = TROUBLES[status] ?? (status < 500 ? "refused" : "away");
  }
}

/** Ask the door's address for JSON. Raises Refusal, or TypeError without a network. */
export async function ask(url, more = {}) {
  const headers = { Accept: "application/json", ...more.headers };
  const answer = await fetch(url, { ...more, headers, cache: "no-store", signal: AbortSignal.timeout?.(PATIENCE_MS) });
  if (!answer.ok) throw new Refusal(answer.status);
  return answer.json();
}

export class Queue {
  /**
   * `heard({ outcomes, ...list }, sent)` after each answer, `changed()` whenever something waits, has left or cannot leave: `trouble`
   * is then "away", "signed_out", "barred" (may not see it any more), "stale" (the page's token) or "refused".
   */
  constructor(name, url, heard, changed) {
    Object.assign(this, { name, url, heard, changed, token: "", busy: false, keeps: true, trouble: "" });
    this.acts = this.kept();
  }

  /** Send again and again, until nothing waits; follow what other pages of this door put there. */
  goOn() {
    setInterval(() => this.send(), AGAIN_MS);
    addEventListener("online", () => this.send());
    addEventListener("storage", ({ key }) => {
      if (key !== this.name) return;
      this.acts = this.kept();
      this.changed();
    });
    return this.send();
  }

  kept() {
    const kept = parsed(this.name);
    return Array.isArray(kept) ? kept : [];
  }

  add(act) {
    const made = { ...act, id: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`, at: new Date().toISOString() };
    this.turn((acts) => [...acts, made]);
    this.send();
    return made;
  }

  /** Another page of this door may have put something there, or taken it away. A browser that keeps nothing has only this one. */
  turn(change) {
    this.acts = change(this.keeps ? this.kept() : this.acts);
    store(this.name, this.acts.length ? this.acts : null);
    this.keeps = this.kept().length === this.acts.length;
    this.changed();
  }

  drop(ids) {
    this.turn((acts) => acts.filter((act) => !ids.has(act.id)));
  }

  async send() {
    if (this.busy || !this.acts.length) return;
    this.busy = true;
    const sent = this.acts.slice(0, AT_ONCE);
    try {
      if (!this.token) this.token = (await ask(this.url)).token;
      const headers = { "Content-Type": "application/json", "X-CSRFToken": this.token };
      const said = await ask(this.url, { method: "POST", headers, body: JSON.stringify({ acts: sent }) });
      this.trouble = "";
      this.drop(new Set(sent.map((act) => act.id)));
      this.heard(said, sent);
    } catch (problem) {
      this.failed(problem);
    } finally {
      this.busy = false;
    }
    if (!this.trouble && this.acts.length) this.send();
  }

  failed(problem) {
    this.trouble = problem.trouble ?? "away";
    if (this.trouble === "stale" || this.trouble === "signed_out") this.token = "";
    this.changed();
  }
}

/** What doors of this browser have not sent yet, from whatever page is opened next; a question whose answer nobody waits for is dropped. */
export function sendLeft() {
  const nothing = () => null;
  for (const name of Object.keys(localStorage).filter((key) => key.startsWith("door ") && Array.isArray(parsed(key)))) {
    const [, session, hall] = name.split(" ");
    const queue = new Queue(name, `/sessions/${session}/halls/${hall}/door.json`, nothing, nothing);
    queue.drop(new Set(queue.acts.filter((act) => act.asked).map((act) => act.id)));
    queue.send();
  }
}
