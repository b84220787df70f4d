/**
 * A place on the page that shows one source's picture, and never another's: until the slot is known to carry the wanted
 * source *and* a frame of it has been presented, the placeholder (name and initials) covers the video.
 */
import { rtpAtOrAfter, SlotTable } from "./slots.js";

const FALLBACK_MS = 300; // how long an old picture can still be on its way, where frames carry no RTP timestamp
const SETTLED_MS = 3000; // after this every frame of the slot is the new source's; also keeps the circle compare honest

export class Picture {
  /** `host` gets the class `is-live` while its video may be seen. */
  constructor(host, video) {
    Object.assign(this, { host, video, slot: null, source: null, live: false, round: 0 });
    video.muted = true;
    video.playsInline = true;
    video.autoplay = true;
  }

  /** Show `source` from `slot`; either null empties the place. Call again whenever the slot may have changed. */
  show(slot, source) {
    const fits = slot && source && slot.wanted === source && slot.carrying === source;
    this.host.classList.toggle("is-starved", SlotTable.starves(slot, source));
    if (slot !== this.slot || source !== this.source || !fits) this.cover();
    Object.assign(this, { slot, source });
    const stream = slot?.stream ?? null;
    if (this.video.srcObject !== stream) {
      this.video.srcObject = stream;
      if (stream) this.play();
    }
    if (fits && !this.live && !this.waiting) this.uncoverOnFrame();
  }

  /** Show a local track: it is ours, so there is nothing to wait for. */
  showLocal(track) {
    const had = this.video.srcObject?.getVideoTracks?.()[0] ?? null;
    if (had !== track) this.video.srcObject = track ? new MediaStream([track]) : null;
    if (track && (had !== track || this.video.paused)) this.play();
    this.setLive(Boolean(track));
  }

  cover() {
    this.round += 1;
    this.waiting = false;
    this.setLive(false);
  }

  setLive(live) {
    this.live = live;
    this.host.classList.toggle("is-live", live);
  }

  async play() {
    try {
      await this.video.play();
    } catch (problem) {
      // AbortError: another stream was set meanwhile. A muted video is never refused by the autoplay rules.
      if (problem.name !== "AbortError" && problem.name !== "NotAllowedError") throw problem;
    }
  }

  uncoverOnFrame() {
    const round = this.round;
    this.waiting = true;
    const reveal = () => {
      this.waiting = false;
      this.slot.settled = true;
      this.setLive(true);
    };
    if (!this.video.requestVideoFrameCallback) {
      setTimeout(() => round === this.round && reveal(), FALLBACK_MS);
      return;
    }
    const onFrame = (_, frame) => {
      if (round !== this.round) return;
      if (this.isNew(frame)) reveal();
      else this.video.requestVideoFrameCallback(onFrame);
    };
    this.video.requestVideoFrameCallback(onFrame);
  }

  isNew(frame) {
    const slot = this.slot;
    const age = performance.now() - slot.toldAt;
    if (slot.settled || age > SETTLED_MS) return true;
    if (frame.rtpTimestamp === undefined || slot.rtpTimestamp === null) return age > FALLBACK_MS;
    return rtpAtOrAfter(frame.rtpTimestamp, slot.rtpTimestamp);
  }
}
