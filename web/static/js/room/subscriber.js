/**
 * A subscriber connection: receive slots offered once by the server. Nothing here is ever renegotiated: what a slot
 * carries changes by `view` and is told by `slots`.
 */

export class Subscriber extends EventTarget {
  /** `subscribe()` and `restart()` resolve to {sdp, slots: [{mid, kind}]}; `answer(sdp)` sends ours. */
  constructor({ subscribe, restart, answer }) {
    super();
    this.ask = { subscribe, restart, answer };
    this.streams = new Map(); // mid → MediaStream
    this.closed = false;
    this.pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    this.pc.addEventListener("connectionstatechange", () => this.dispatchEvent(new Event("state")));
    this.pc.addEventListener("track", (event) => this.received(event));
  }

  get state() {
    return this.pc.connectionState;
  }

  /** Connect. `prepare([{mid, kind, stream}])` gets the slots before the server learns that we are ready for them. */
  async start(prepare) {
    const offer = await this.ask.subscribe();
    await this.take(offer.sdp, () =>
      prepare(offer.slots.map(({ mid, kind }) => ({ mid, kind, stream: this.streams.get(mid) ?? new MediaStream() }))));
  }

  /** New ICE credentials on the same connection. */
  async restartIce() {
    await this.take((await this.ask.restart()).sdp);
  }

  async take(sdp, prepare = () => undefined) {
    if (this.closed) return;
    await this.pc.setRemoteDescription({ type: "offer", sdp });
    prepare();
    await this.pc.setLocalDescription(await this.pc.createAnswer());
    await this.ask.answer(this.pc.localDescription.sdp);
  }

  received({ transceiver, track }) {
    this.streams.set(transceiver.mid, new MediaStream([track]));
  }

  stats() {
    return this.pc.getStats();
  }

  close() {
    this.closed = true;
    this.pc.close();
  }
}
