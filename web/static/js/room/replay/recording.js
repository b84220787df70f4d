/**
 * What was recorded: the room's log in pages, as the server folded it for this reader. Each page begins with the state before its
 * first event, and each event carries the same patch that the live page was told. Pure but for `load`.
 */

/** The room with one patch applied (signaling/PROTOCOL.md, "State, seq, patches"). */
export function patched(room, patch) {
  const { peers, ...rest } = patch;
  const next = { ...room, ...rest };
  if (!peers) return next;
  next.peers = { ...room.peers, ...peers };
  for (const [id, peer] of Object.entries(peers)) if (peer === null) delete next.peers[id];
  return next;
}

export class Recording {
  /** `load(after)` fetches a page. */
  constructor(load) {
    Object.assign(this, { load, pages: [], events: [], marks: [], session: null, begins: 0, ends: 0 });
  }

  /** Fetch everything. */
  async open() {
    for (let after = 0; after !== null; ) {
      const page = await this.load(after);
      this.pages.push({ from: this.events.length, snapshot: page.snapshot });
      this.events.push(...page.events.map((event) => ({ ...event, time: Date.parse(event.at) })));
      if (after === 0) this.begin(page);
      after = page.next;
    }
  }

  begin({ session, whole, marks, begins_at: begins, ends_at: ends }) {
    Object.assign(this, { session, whole });
    this.marks = marks.map((mark) => ({ ...mark, time: Date.parse(mark.at) }));
    if (begins) Object.assign(this, { begins: Date.parse(begins), ends: Date.parse(ends) });
  }

  /** How many events had happened at `time` (milliseconds). */
  countAt(time) {
    let [low, high] = [0, this.events.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.events[middle].time <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** How many events had happened after the one numbered `seq`. */
  countOf(seq) {
    return this.events.findIndex((event) => event.seq === seq) + 1;
  }

  /** The room after the first `count` events. */
  stateAfter(count) {
    const { from, snapshot } = this.pages.findLast((page) => page.from <= count);
    const room = this.events.slice(from, count).reduce((state, { patch }) => patched(state, patch), snapshot);
    return { ...room, peers: { ...room.peers }, session: this.session };
  }
}
