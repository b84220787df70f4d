/** The TURN servers that a connection may take its way through, with credentials that are renewed before they end. */

const RENEW_MS = 3_600_000; // they live twelve hours

export class Relays {
  /** `ask()` resolves to fresh ones, as `ice` of signaling/PROTOCOL.md. */
  constructor(ask) {
    Object.assign(this, { ask, servers: [], since: 0 });
  }

  take(servers) {
    Object.assign(this, { servers: servers ?? [], since: Date.now() });
  }

  /** Give a connection credentials that are still good for a long time; they count from its next ICE start. */
  async renew(connection) {
    if (!this.servers.length) return;
    if (Date.now() - this.since > RENEW_MS) await this.fetch();
    if (connection.closed) return;
    connection.pc.setConfiguration({ ...connection.pc.getConfiguration(), iceServers: this.servers });
  }

  async fetch() {
    try {
      this.take((await this.ask()).ice_servers);
    } catch (problem) {
      if (!problem.code) throw problem; // the old ones may do: the next attempt asks again
    }
  }
}

/** The way that a connection's packets take, of its statistics: {type: host | srflx | prflx | relay, relay: udp | tcp | tls | "", protocol}. */
export function wayOf(report) {
  const entries = [...report.values()];
  const chosen = entries.find((entry) => entry.type === "transport" && entry.selectedCandidatePairId)?.selectedCandidatePairId;
  const used = (entry) => (chosen ? entry.id === chosen : entry.selected || (entry.nominated && entry.state === "succeeded"));
  const pair = entries.find((entry) => entry.type === "candidate-pair" && used(entry));
  const local = pair && report.get(pair.localCandidateId);
  return local ? { type: local.candidateType, relay: local.relayProtocol ?? "", protocol: local.protocol } : null;
}
