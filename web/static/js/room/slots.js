/**
 * Which slot shows which source. `SlotTable` is pure bookkeeping: `show(wants)` gives the smallest change to send as
 * `view`, `told(message)` takes what the server says has really happened. A source keeps its slot for as long as it is
 * wanted, wherever on the page it stands, so moving a picture costs nothing.
 */

/** One receive slot: what we asked for, what it carries, and from which RTP timestamp on. */
class Slot {
  constructor({ mid, kind, stream }, connection) {
    Object.assign(this, { mid, kind, stream, connection, wanted: null, height: 0, carrying: null, layer: null });
    Object.assign(this, { rtpTimestamp: null, toldAt: 0, settled: false, starved: false });
  }
}

export class SlotTable extends EventTarget {
  constructor() {
    super();
    this.slots = new Map(); // mid → Slot
    this.bySource = new Map(); // wanted source → Slot
  }

  /** A new connection: its slots are empty until told otherwise. */
  reset(list, connection) {
    for (const [mid, slot] of this.slots) if (slot.connection === connection) this.slots.delete(mid);
    for (const item of list) this.slots.set(item.mid, new Slot(item, connection));
    this.bySource.clear();
    for (const slot of this.slots.values()) if (slot.wanted) this.bySource.set(slot.wanted, slot);
    this.changed();
  }

  /** The connection is about to end: its slots carry nothing any more. */
  blank(connection) {
    for (const slot of this.slots.values()) if (slot.connection === connection) Object.assign(slot, { carrying: null, starved: false });
    this.changed();
  }

  ofKind(kind) {
    return [...this.slots.values()].filter((slot) => slot.kind === kind);
  }

  /** The slot that was asked to carry this source, or null. */
  slotFor(source) {
    return (source && this.bySource.get(source)) || null;
  }

  /**
   * Want exactly these sources: a Map source → height in pixels, most important first. Returns what changed, by
   * connection: Map connection → {mid: {source, height} | null}.
   */
  show(wants) {
    const video = this.ofKind("video");
    const changes = new Map();
    const note = (slot, want) => {
      if (!changes.has(slot.connection)) changes.set(slot.connection, {});
      changes.get(slot.connection)[slot.mid] = want;
    };
    const free = this.release(video, wants, note);
    for (const [source, height] of wants) this.place(source, height, free, note);
    if (changes.size) this.changed();
    return changes;
  }

  /** Take slots from sources no longer wanted; returns the free ones. */
  release(video, wants, note) {
    for (const slot of video) {
      if (!slot.wanted || wants.has(slot.wanted)) continue;
      this.bySource.delete(slot.wanted);
      Object.assign(slot, { wanted: null, height: 0 });
      note(slot, null);
    }
    return video.filter((slot) => !slot.wanted);
  }

  place(source, height, free, note) {
    let slot = this.bySource.get(source);
    if (slot && slot.height === height) return;
    slot ??= free.shift();
    if (!slot) return; // more wanted than there are slots: the least important go without
    if (slot.wanted !== source) Object.assign(slot, { wanted: source, settled: false });
    slot.height = height;
    this.bySource.set(source, slot);
    note(slot, { source, height });
  }

  /** Everything wanted now, in the form of `show`'s result; asked again after a refusal. */
  wishes() {
    const changes = new Map();
    for (const slot of this.slots.values()) {
      if (!slot.wanted) continue;
      if (!changes.has(slot.connection)) changes.set(slot.connection, {});
      changes.get(slot.connection)[slot.mid] = { source: slot.wanted, height: slot.height };
    }
    return changes;
  }

  /** The server's `slots` message: {mid: {source, layer, rtp_timestamp} | null}; without a layer nothing comes for now. */
  told(map) {
    for (const [mid, now] of Object.entries(map)) {
      const slot = this.slots.get(mid);
      if (!slot) continue;
      slot.starved = Boolean(now) && now.layer === null;
      slot.layer = now?.layer ?? null;
      if (slot.carrying === (now?.source ?? null)) continue; // of a starved slot the last picture stays
      const carrying = slot.starved ? null : now?.source ?? null;
      Object.assign(slot, { carrying, rtpTimestamp: now?.rtp_timestamp ?? null, toldAt: performance.now(), settled: false });
    }
    this.changed();
  }

  /** Whether the link is too poor for the source that the slot was asked for. */
  static starves(slot, source) {
    return Boolean(slot && source && slot.starved && slot.wanted === source);
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** Whether RTP timestamp `a` is `b` or later, on a 32-bit circle (RFC 3550, section 5.1). */
export const rtpAtOrAfter = (a, b) => ((a - b) | 0) >= 0;
