/**
 * What getStats says of the page's connections, as figures of the time since the last reading: `up` (what we send), `down`
 * (what we get), `drawn` (what became of the frames), and the way in use. Only arithmetic; nothing here knows the room or the page.
 */
import { wayOf } from "./relays.js";

/** Differences of counters by entry: nothing at the first reading, and the whole value of one that began anew. */
export class Since {
  constructor() {
    this.last = new Map();
  }

  of(entry, name, value = entry[name] ?? 0) {
    const key = `${entry.id}:${name}`;
    const before = this.last.get(key) ?? value;
    this.last.set(key, value);
    return value >= before ? value - before : value;
  }
}

const empty = () => ({ lost: 0, expected: 0, rtt: 0, jitter: 0, bytes: 0, seen: false });

/** `reports`: [connection name, its RTCStatsReport]…; `seconds` since the last reading; `large`: the large picture's mid. */
export function collect(reports, since, seconds, large) {
  const sums = { up: empty(), down: { ...empty(), freezes: 0, frozen: 0, made: 0, samples: 0, waited: 0, emitted: 0, decoded: 0, dropped: 0, decoding: 0 }, way: null, picture: null };
  for (const [name, report] of reports) {
    const side = name === "publish" ? sums.up : sums.down;
    sums.way = wayOf(report) ?? sums.way;
    report.forEach((entry) => read[entry.type]?.(sums, side, entry, since, { report, large }));
  }
  return {
    up: sums.up.seen ? direction(sums.up, seconds) : null,
    down: sums.down.seen ? { ...direction(sums.down, seconds), ...ears(sums.down), ...(sums.picture ?? {}) } : null,
    drawn: { decoded: sums.down.decoded, dropped: sums.down.dropped, decoding: sums.down.decoding },
    way: sums.way,
  };
}

const read = {
  "inbound-rtp"(sums, side, entry, since, { large }) {
    const got = since.of(entry, "packetsReceived");
    const lost = Math.max(0, since.of(entry, "packetsLost"));
    Object.assign(side, { seen: true, lost: side.lost + lost, expected: side.expected + lost + got, bytes: side.bytes + since.of(entry, "bytesReceived") });
    if (got) side.jitter = Math.max(side.jitter, entry.jitter ?? 0);
    side.freezes += since.of(entry, "freezeCount");
    side.frozen += since.of(entry, "totalFreezesDuration");
    if (entry.kind === "audio") return hear(side, entry, since, got);
    see(side, entry, since);
    if (large && entry.mid === large) sums.picture = { fps: entry.framesPerSecond ?? 0, width: entry.frameWidth ?? 0, height: entry.frameHeight ?? 0 };
  },
  "outbound-rtp"(_sums, side, entry, since) {
    side.bytes += since.of(entry, "bytesSent");
    side.seen = true;
  },
  "remote-inbound-rtp"(_sums, side, entry, since, { report }) {
    if (entry.fractionLost === undefined) return; // the server has not yet told what arrives
    const sent = since.of(entry, "weight", report.get(entry.localId)?.packetsSent ?? 0);
    side.lost += entry.fractionLost * sent;
    side.expected += sent;
    side.jitter = Math.max(side.jitter, entry.jitter ?? 0);
  },
  "candidate-pair"(_sums, side, entry) {
    if (entry.nominated) side.rtt = Math.max(side.rtt, (entry.currentRoundTripTime ?? 0) * 1000);
  },
};

/** Sound made up where packets were missing; silence between words, which nobody sends, is none. */
function hear(side, entry, since, got) {
  const made = since.of(entry, "made", Math.max(0, (entry.concealedSamples ?? 0) - (entry.silentConcealedSamples ?? 0)));
  const samples = since.of(entry, "totalSamplesReceived");
  const waited = since.of(entry, "jitterBufferDelay");
  const emitted = since.of(entry, "jitterBufferEmittedCount");
  if (!got && !made) return;
  side.made += made;
  side.samples += samples;
  side.waited += waited;
  side.emitted += emitted;
}

/** Frames that were decoded, those that came and were not, and the seconds that decoding took. */
function see(side, entry, since) {
  side.decoded += since.of(entry, "framesDecoded");
  side.dropped += since.of(entry, "framesDropped");
  side.decoding += since.of(entry, "totalDecodeTime");
}

const share = (part, whole) => (whole > 0 ? Math.min(1, Math.max(0, part / whole)) : 0);

function direction(side, seconds) {
  return {
    loss: share(side.lost, side.expected), rtt_ms: Math.round(side.rtt), jitter_ms: Math.round(side.jitter * 1000),
    bitrate: Math.round((side.bytes * 8) / Math.max(0.5, seconds)),
  };
}

function ears(side) {
  return {
    freezes: side.freezes, frozen_ms: Math.round(side.frozen * 1000), concealed: share(side.made, side.samples),
    buffer_ms: side.emitted ? Math.round((side.waited / side.emitted) * 1000) : 0,
  };
}

const WAYS = { candidate: ["host", "srflx", "prflx", "relay"], transport: ["udp", "tcp", "tls"] };
const MOST = { freezes: 1000, rtt_ms: 60_000, jitter_ms: 60_000, frozen_ms: 60_000, buffer_ms: 60_000, fps: 240 };

/** How packets leave: udp, tcp or tls. */
export const transportOf = (way) => way.relay || way.protocol;

/** The figures as a `report` may hold them (signaling/PROTOCOL.md). */
export function forReport({ up, down, way }) {
  const words = way ? { candidate: way.type, transport: transportOf(way) } : {};
  const known = Object.fromEntries(Object.entries(words).filter(([name, word]) => WAYS[name].includes(word)));
  const fit = (figures) => Object.fromEntries(Object.entries(figures).filter(([name]) => name !== "width")
    .map(([name, value]) => [name, Math.min(value, MOST[name] ?? value)]));
  return { ...(up ? { up: fit(up) } : {}), ...(down ? { down: fit(down) } : {}), ...known };
}
