/**
 * How good the connection is, in a word: from loss, round trip and whether packets come at all. `measure()` is called every
 * few seconds and compares with the last time.
 */
import { wayOf } from "./relays.js";

const POOR_FOR = 3; // measurements in a row before the person is bothered

/** Loss 0…1, rtt in ms → "good" | "fair" | "poor". */
export function grade({ loss, rtt, flowing }) {
  if (!flowing || loss > 0.08 || rtt > 900) return "poor";
  return loss > 0.025 || rtt > 350 ? "fair" : "good";
}

export class Quality {
  constructor(media) {
    Object.assign(this, { media, last: new Map(), word: "good", poorCount: 0, tiles: {} });
  }

  /** Returns {word, rtt, loss, lasting, way}: `lasting` when it has been poor for a while, `way` as `wayOf` of one that is up. */
  async measure() {
    const sums = { lost: 0, expected: 0, rtt: 0, received: 0, way: null };
    for (const link of this.media.links.values()) {
      const connection = link.connection;
      if (connection && link.up) this.add(sums, await connection.stats());
    }
    const loss = sums.expected > 0 ? Math.min(1, Math.max(0, sums.lost / sums.expected)) : 0;
    const flowing = this.media.state !== "building";
    this.word = grade({ loss, rtt: sums.rtt, flowing });
    this.poorCount = this.word === "poor" ? this.poorCount + 1 : 0;
    return { word: this.word, rtt: Math.round(sums.rtt), loss, lasting: this.poorCount >= POOR_FOR, way: sums.way };
  }

  add(sums, report) {
    sums.way = wayOf(report) ?? sums.way;
    report.forEach((entry) => {
      if (entry.type === "inbound-rtp") {
        const lost = this.since(entry.id, "lost", entry.packetsLost ?? 0);
        const got = this.since(entry.id, "got", entry.packetsReceived ?? 0);
        sums.lost += Math.max(0, lost);
        sums.expected += Math.max(0, lost) + Math.max(0, got);
      } else if (entry.type === "remote-inbound-rtp" && entry.fractionLost !== undefined) {
        // The server's view of what we send counts as much as what we get, weighed as a hundred packets.
        sums.lost += entry.fractionLost * 100;
        sums.expected += 100;
      } else if (entry.type === "candidate-pair" && entry.nominated) {
        sums.rtt = Math.max(sums.rtt, (entry.currentRoundTripTime ?? 0) * 1000);
      }
    });
  }

  since(id, name, value) {
    const key = `${id}:${name}`;
    const before = this.last.get(key) ?? value;
    this.last.set(key, value);
    return value >= before ? value - before : 0;
  }
}
