/**
 * Whose picture is the large one. Pure: time comes in as an argument. Order: a pin by click, who is called, the holder of the floor, then
 * the loudest speaker, who must be the loudest for a while before the picture moves (nobody wants it to jump at a cough).
 */

const TAKE_OVER_MS = 900; // a new voice must lead for this long …
const HOLD_MS = 2500; // … and the present picture has stood for this long

export class StagePicker {
  constructor() {
    Object.assign(this, { current: null, since: 0, rival: null, rivalSince: 0 });
  }

  /** The loudest peers changed: `loudest` is a list of peer ids, loudest first, empty in silence. */
  heard(loudest, now) {
    const leader = loudest[0] ?? null;
    if (leader !== this.rival) Object.assign(this, { rival: leader, rivalSince: now });
  }

  /**
   * The peer to show large, or null when there is nobody. `here` is the ordered list of candidates' ids (never the own
   * one), `pinned`, `called` and `floor` are peer ids or null, `chair` is shown when nobody has spoken yet.
   */
  pick({ here, pinned, called, floor, chair, now }) {
    const present = new Set(here);
    const fixed = [pinned, called, floor].find((peer) => peer && present.has(peer));
    if (fixed) return this.settle(fixed, now);
    const rivalReady = present.has(this.rival) && now - this.rivalSince >= TAKE_OVER_MS;
    const free = !present.has(this.current) || now - this.since >= HOLD_MS;
    if (rivalReady && free && this.rival !== this.current) return this.settle(this.rival, now);
    if (present.has(this.current)) return this.current;
    return this.settle([chair].find((peer) => present.has(peer)) ?? here[0] ?? null, now);
  }

  settle(peer, now) {
    if (peer !== this.current) Object.assign(this, { current: peer, since: now });
    return peer;
  }
}
