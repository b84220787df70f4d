/**
 * The publisher connection: what this device sends. Camera as VP8 with simulcast layers named q, h, f from small to large,
 * microphone as Opus with DTX and FEC, and a screen while one is shared. The client offers, the server answers.
 */

const THINNED = "L1T3"; // three temporal layers: the server leaves pictures out for a thin link without asking for new ones
const LAYERS = [
  { rid: "q", scaleResolutionDownBy: 4, maxBitrate: 120_000 },
  { rid: "h", scaleResolutionDownBy: 2, maxBitrate: 400_000 },
  { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 1_200_000 },
];
const STILL_RATE = 1; // pictures a second; more seldom, and the server would take the camera for silent
const LOW_RATE = 8; // pictures a second of a thin link
const LOW_SOUND = 20_000; // bit/s: speech stays clear
const LOW_SCREEN = { maxBitrate: 400_000, maxFramerate: 4 };
const SCREEN = [{ maxBitrate: 1_500_000, maxFramerate: 10 }];

/** How many layers a picture of this width is worth: a browser drops the *large* ones of too many. */
export function layerCount(width) {
  if (!width || width >= 960) return 3;
  return width >= 480 ? 2 : 1;
}

function encodingsFor(width) {
  const count = layerCount(width);
  if (count === 1) return [{ maxBitrate: width < 320 ? 120_000 : 250_000 }];
  const ceiling = width >= 960 ? 1_200_000 : 700_000;
  return LAYERS.slice(3 - count).map((layer) => ({ ...layer, maxBitrate: Math.min(layer.maxBitrate, ceiling) }));
}

/** The answer with DTX asked for: silence then costs about 1 kbit/s (RFC 7587, section 7). */
export function withDtx(sdp) {
  const opus = /^a=rtpmap:(\d+) opus\/48000\/2/im.exec(sdp)?.[1];
  if (!opus) return sdp;
  return sdp.replace(new RegExp(`^a=fmtp:${opus} .*$`, "m"), (line) => {
    const wanted = ["usedtx=1", "useinbandfec=1"].filter((item) => !line.includes(item));
    return [line.trimEnd(), ...wanted].join(";");
  });
}

/** The offer with NACK for sound: browsers that know it do it when asked, but only offer it for pictures (RFC 4585, section 4.2). */
export function withAudioNack(sdp) {
  const opus = /^a=rtpmap:(\d+) opus\/48000\/2/im.exec(sdp)?.[1];
  if (!opus || new RegExp(`^a=rtcp-fb:${opus} nack\\s*$`, "m").test(sdp)) return sdp;
  return sdp.replace(new RegExp(`^(a=rtpmap:${opus} .*\\r\\n)`, "m"), `$1a=rtcp-fb:${opus} nack\r\n`);
}

/** A section that sends these encodings; a browser that cannot divide them in time sends them whole. */
function addVideo(pc, what, encodings) {
  const add = (sendEncodings) => pc.addTransceiver(what, { direction: "sendonly", sendEncodings });
  let made;
  try {
    made = add(encodings.map((encoding) => ({ ...encoding, scalabilityMode: THINNED })));
  } catch (problem) {
    if (!["OperationError", "NotSupportedError", "InvalidAccessError"].includes(problem.name)) throw problem;
    made = add(encodings);
  }
  preferVp8(made);
  return made;
}

function preferVp8(transceiver) {
  const known = RTCRtpSender.getCapabilities?.("video")?.codecs ?? [];
  const wanted = known.filter((codec) => /\/(VP8|rtx)$/i.test(codec.mimeType));
  if (wanted.length && transceiver.setCodecPreferences) transceiver.setCodecPreferences(wanted);
}

export class Publisher extends EventTarget {
  /** `offer(sdp, kinds)` sends an offer to the server and resolves to the answer's SDP. */
  constructor(offer) {
    super();
    this.offer = offer;
    this.low = false;
    this.still = false;
    this.wanted = {};
    this.width = 0;
    this.closed = false;
    this.chain = Promise.resolve();
    this.applying = Promise.resolve();
    this.pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    this.pc.addEventListener("connectionstatechange", () => this.dispatchEvent(new Event("state")));
  }

  get state() {
    return this.pc.connectionState;
  }

  /** Build the sections and connect. A missing camera gets its section all the same: switching it on needs no new offer. */
  start({ camera, microphone }) {
    this.width = camera?.getSettings().width ?? 0;
    this.audio = this.pc.addTransceiver(microphone ?? "audio", { direction: "sendonly" });
    this.video = addVideo(this.pc, camera ?? "video", encodingsFor(this.width));
    return this.negotiate();
  }

  /** Send this camera (null: none). False when its size asks for other layers and the connection must be built anew. */
  async setCamera(track) {
    const width = track?.getSettings().width ?? this.width;
    if (track && layerCount(width) !== layerCount(this.width)) return false;
    await this.video.sender.replaceTrack(track);
    return true;
  }

  setMicrophone(track) {
    return this.audio.sender.replaceTrack(track);
  }

  async startScreen(track) {
    if (this.screen) {
      await this.screen.sender.replaceTrack(track);
      this.screen.direction = "sendonly";
    } else {
      this.screen = addVideo(this.pc, track, SCREEN);
    }
    return this.negotiate();
  }

  async stopScreen() {
    if (!this.screen || this.screen.direction === "inactive") return;
    await this.screen.sender.replaceTrack(null);
    this.screen.direction = "inactive";
    await this.negotiate();
  }

  /** New ICE credentials on the same connection: the quick way back after a change of network. */
  restartIce() {
    return this.negotiate({ iceRestart: true });
  }

  /** A thin link: only the smallest picture goes out, seldom; sound and screen take little too. */
  setLow(low) {
    this.low = low;
    return this.apply();
  }

  /** A still now and then is enough: the smallest picture, once a second. */
  setStill(still) {
    this.still = still;
    return this.apply();
  }

  /** The server's `layers` message: {camera: [rid…], screen: [rid…]}; what is not named there is not looked at by anybody. */
  setWanted(wanted) {
    this.wanted = wanted;
    return this.apply();
  }

  /** Bring the encodings to what is wanted; one change at a time, because each needs the parameters as they are then. */
  apply() {
    const next = this.applying.then(() => this.applyNow());
    this.applying = next.catch(() => undefined); // the caller hears of it; the next change must still be made
    return next;
  }

  async applyNow() {
    await this.change(this.video, (encoding, index, count) => {
      const small = this.low || this.still;
      encoding.active = small && count > 1 ? index === 0 && this.wanted.camera?.length !== 0 : this.isWanted("camera", encoding);
      if (this.still) encoding.maxFramerate = STILL_RATE;
      else if (this.low) encoding.maxFramerate = LOW_RATE;
      else if (count === 1) encoding.maxFramerate = 30;
      else delete encoding.maxFramerate;
    });
    await this.change(this.screen, (encoding) => {
      Object.assign(encoding, this.low ? LOW_SCREEN : SCREEN[0]);
      encoding.active = this.isWanted("screen", encoding);
    });
    await this.change(this.audio, (encoding) => {
      if (this.low) encoding.maxBitrate = LOW_SOUND;
      else delete encoding.maxBitrate;
    });
  }

  isWanted(kind, encoding) {
    return this.wanted[kind]?.includes(encoding.rid ?? "") ?? true;
  }

  async change(transceiver, edit) {
    const parameters = transceiver?.sender.getParameters();
    if (this.closed || !parameters?.encodings?.length) return;
    const before = JSON.stringify(parameters.encodings);
    parameters.encodings.forEach((encoding, index, all) => edit(encoding, index, all.length));
    if (JSON.stringify(parameters.encodings) !== before) await transceiver.sender.setParameters(parameters);
  }

  /** The next offer comes after this; sections and tracks need not wait. */
  wait(promise) {
    this.chain = this.chain.then(() => promise);
  }

  /** One offer at a time, in the order asked for. */
  negotiate(options = {}) {
    const next = this.chain.then(() => this.exchange(options));
    this.chain = next.catch(() => undefined); // the caller hears of it; the next offer must still go out
    return next;
  }

  async exchange(options) {
    if (this.closed) return;
    await this.pc.setLocalDescription(await this.pc.createOffer(options));
    const answer = await this.offer(withAudioNack(this.pc.localDescription.sdp), this.kinds());
    if (this.closed) return;
    await this.pc.setRemoteDescription({ type: "answer", sdp: withDtx(answer) });
    await this.apply();
  }

  kinds() {
    const kinds = { [this.audio.mid]: "microphone", [this.video.mid]: "camera" };
    if (this.screen?.mid) kinds[this.screen.mid] = "screen";
    return kinds;
  }

  stats() {
    return this.pc.getStats();
  }

  close() {
    this.closed = true;
    this.pc.close();
  }
}
