/** `window.liaisonRoom`: what the page sees, for tests and for the help desk at the telephone. Nothing in it acts on the room. */
import { wayOf } from "./relays.js";

/** Gather one page's state, slots and decoder counters. */
export function installHook({ store, media, pictures, quality, signal, phase }) {
  const bySlot = async () => {
    const found = {};
    for (const [name, link] of media.links) {
      if (name === "publish" || !link.connection) continue;
      (await link.connection.stats()).forEach((entry) => {
        if (entry.type === "inbound-rtp") found[entry.mid] = entry;
      });
    }
    return found;
  };
  window.liaisonRoom = {
    state: () => ({
      phase: phase(), signal: signal.state, seq: signal.seq, media: media.state, epoch: media.epoch, me: store.me,
      room: store.room, sources: [...store.sources.values()], stage: pictures?.onStage ?? null, page: pictures?.page ?? 0,
    }),
    drawAtMost: (most) => { // as if this had been measured
      quality.drawLoad.limit = most;
      pictures.drawAtMost(most);
    },
    slots: () => [...media.slots.slots.values()].map(({ mid, kind, wanted, carrying, layer, height, settled }) =>
      ({ mid, kind, wanted, carrying, layer, height, settled, point: store.peer((carrying ?? "").split(":")[0])?.point ?? null })),
    stats: async () => {
      const found = await bySlot();
      return window.liaisonRoom.slots().map((slot) => {
        const entry = found[slot.mid] ?? {};
        return {
          ...slot, framesDecoded: entry.framesDecoded ?? 0, width: entry.frameWidth ?? 0, height_px: entry.frameHeight ?? 0,
          keyFrames: entry.keyFramesDecoded ?? 0, freezes: entry.freezeCount ?? 0, packets: entry.packetsReceived ?? 0,
          lost: entry.packetsLost ?? 0, audioEnergy: entry.totalAudioEnergy ?? 0, audioLevel: entry.audioLevel ?? 0,
        };
      });
    },
    ways: async () => {
      const links = [...media.links].filter(([, link]) => link.connection);
      return Promise.all(links.map(async ([name, link]) => ({ name, ...wayOf(await link.connection.stats()) })));
    },
    sent: async () => {
      const rows = [];
      (await media.publisher?.stats())?.forEach((entry) => {
        if (entry.type === "outbound-rtp")
          rows.push({ kind: entry.kind, rid: entry.rid ?? "", frames: entry.framesEncoded ?? 0, bytes: entry.bytesSent,
            width: entry.frameWidth ?? 0, active: entry.active ?? true, why: entry.qualityLimitationReason ?? "" });
      });
      return rows;
    },
  };
}
