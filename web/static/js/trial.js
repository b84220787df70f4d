/**
 * Private connections to the media engine, in which a computer tries out the way there and back (web/self_test_views.py).
 * `post(url, body)` asks the server and resolves to its JSON. Nothing here knows a page.
 */
import { collect, Since } from "./room/figures.js";

export const WAY_MS = 8000;
const LOOP_MS = 9000;
const WARM_MS = 3500; // the server lets a sender begin slowly
const TICK_MS = 500;
const MOST_BITRATE = 2_000_000;

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Connect, or throw when that does not come about in time; what the server refuses is thrown as it is. */
async function connect(pc, post, url, ms = WAY_MS) {
  await pc.setLocalDescription(await pc.createOffer());
  const { sdp } = await post(url, { sdp: pc.localDescription.sdp });
  await pc.setRemoteDescription({ type: "answer", sdp });
  const late = wait(ms).then(() => { throw new Unreached(); });
  await Promise.race([late, new Promise((resolve, reject) => {
    const look = () => {
      if (pc.connectionState === "connected") resolve();
      if (pc.connectionState === "failed") reject(new Unreached());
    };
    pc.addEventListener("connectionstatechange", look);
    look();
  })]);
}

class Unreached extends Error {}

const relayed = (servers) => ({ iceServers: servers, iceTransportPolicy: servers.length ? "relay" : "all", bundlePolicy: "max-bundle" });

/** Whether packets reach the media engine on this way, by really connecting: {way, works, took_ms}. */
export async function tryWay(post, { way, receive, ice_servers: servers }) {
  const began = performance.now();
  const pc = new RTCPeerConnection(relayed(servers));
  try {
    pc.addTransceiver("audio", { direction: "recvonly" });
    await connect(pc, post, receive);
    return { way, works: true, took_ms: Math.round(performance.now() - began) };
  } catch (problem) {
    if (!(problem instanceof Unreached)) throw problem;
    return { way, works: false, took_ms: 0 };
  } finally {
    pc.close();
  }
}

/** A moving picture that costs as much as a line should carry: the camera's, if there is one, under grain. */
class Painter {
  constructor(camera) {
    this.canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 360 });
    this.pen = this.canvas.getContext("2d", { alpha: false });
    this.video = null;
    if (camera) {
      this.video = Object.assign(document.createElement("video"), { srcObject: new MediaStream([camera]), muted: true, playsInline: true });
      this.video.play().catch(() => undefined);
    }
    this.grain = this.makeGrain();
    this.timer = setInterval(() => this.paint(), 50);
    this.track = this.canvas.captureStream(20).getVideoTracks()[0];
  }

  makeGrain() {
    const grain = Object.assign(document.createElement("canvas"), { width: 720, height: 440 });
    const pen = grain.getContext("2d");
    const image = pen.createImageData(grain.width, grain.height);
    for (let at = 0; at < image.data.length; at += 4) image.data.set([0, 1, 2].map(() => Math.random() * 255).concat(255), at);
    pen.putImageData(image, 0, 0);
    return grain;
  }

  paint() {
    const { pen, canvas } = this;
    pen.globalAlpha = 1;
    pen.fillStyle = "#0d5c63";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    if (this.video?.videoWidth) pen.drawImage(this.video, 0, 0, canvas.width, canvas.height);
    pen.globalAlpha = 0.3;
    pen.drawImage(this.grain, -Math.random() * 80, -Math.random() * 80);
  }

  stop() {
    clearInterval(this.timer);
    this.track.stop();
    if (this.video) this.video.srcObject = null;
  }
}

function preferVp8(transceiver) {
  const wanted = (RTCRtpSender.getCapabilities?.("video")?.codecs ?? []).filter((codec) => /\/(VP8|rtx)$/i.test(codec.mimeType));
  if (wanted.length) transceiver.setCodecPreferences?.(wanted);
}

function sending(config, picture, microphone) {
  const pc = new RTCPeerConnection(config);
  pc.addTransceiver(microphone ?? "audio", { direction: "sendonly" });
  preferVp8(pc.addTransceiver(picture, { direction: "sendonly", sendEncodings: [{ maxBitrate: MOST_BITRATE }] }));
  return pc;
}

function receiving(config, video) {
  const pc = new RTCPeerConnection(config);
  const stream = new MediaStream();
  pc.addEventListener("track", ({ track }) => {
    if (track.kind !== "video") return;
    stream.addTrack(track);
    video.srcObject = stream;
    video.play().catch(() => undefined);
  });
  for (const kind of ["audio", "video"]) pc.addTransceiver(kind, { direction: "recvonly" });
  return pc;
}

/**
 * Send own picture and sound to the media engine, receive them back and measure both ways: {loop: {up, down, rtt_ms, seconds}, close},
 * `loop` is null when nothing came back. `trial` is the server's, `way` the one of its ways that works; `tell(left in ms)` hears how far
 * it is. Until `close()` the media engine goes on measuring: the server looks at its figures when it is told the result.
 */
export async function goRound(post, trial, way, { camera, microphone, video, tell }) {
  const painter = new Painter(camera);
  const [sender, receiver] = [sending(relayed(way.ice_servers), painter.track, microphone), receiving(relayed(way.ice_servers), video)];
  const close = () => {
    painter.stop();
    sender.close();
    receiver.close();
  };
  try {
    await Promise.all([connect(sender, post, trial.send), connect(receiver, post, way.receive)]);
    return { loop: await measure(sender, receiver, tell), close };
  } catch (problem) {
    if (problem instanceof Unreached) return { loop: null, close };
    close();
    throw problem;
  }
}

async function measure(sender, receiver, tell) {
  const [since, began, samples] = [new Since(), performance.now(), []];
  for (let at = began; at - began < LOOP_MS;) {
    await wait(TICK_MS);
    const now = performance.now();
    const reports = [["publish", await sender.getStats()], ["receive", await receiver.getStats()]];
    const sample = collect(reports, since, (now - at) / 1000);
    if (now - began > WARM_MS) samples.push(sample);
    at = now;
    tell(Math.max(0, LOOP_MS - (now - began)));
  }
  return folded(samples, (performance.now() - began) / 1000);
}

const mean = (values) => (values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : 0);

function folded(samples, seconds) {
  const side = (name) => {
    const found = samples.map((sample) => sample[name]).filter(Boolean);
    return {
      bitrate: Math.round(mean(found.map((one) => one.bitrate))), loss: mean(found.map((one) => one.loss)),
      jitter_ms: Math.round(mean(found.map((one) => one.jitter_ms))),
    };
  };
  const [up, down] = [side("up"), side("down")];
  const trips = samples.flatMap(({ up: there, down: back }) => [there?.rtt_ms, back?.rtt_ms]).filter((value) => value > 0);
  return down.bitrate ? { up, down, rtt_ms: Math.round(mean(trips)), seconds } : null;
}
