/** Camera, microphone and loudspeaker: each is tried, and what was found is told as web/self_test_schema.py takes it. */
import { t } from "../room/boot.js";
import { openCamera, openMicrophone } from "../room/devices.js";
import { measure } from "../room/meter.js";
import { part, say } from "./steps.js";

const LOOK_MS = 2000;
const LISTEN_MS = 8000;
const LOUD = 0.45;
const QUIET = 0.25;
const SILENT = 0.02;
const BLACK = 12; // of 255
const ANSWER_MS = 30000;
const TONES = [620, 830, 1110];
const TONE_S = 0.4;
const GAP_S = 0.15;
const HEARD_DB = 10;
const ECHO_DB = [6, 18];

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const failed = (key, problem) => {
  if (!problem.code) throw problem;
  say(key, "bad", t(`${key}_${problem.code}`));
  return { state: problem.code };
};

// ------------------------------------------------------------------ camera

/** {track, found} */
export async function tryCamera() {
  say("camera", "running", t("running"));
  let track;
  try {
    track = await openCamera();
  } catch (problem) {
    return { track: null, found: failed("camera", problem) };
  }
  const video = part("own");
  video.srcObject = new MediaStream([track]);
  video.hidden = false;
  await video.play().catch(() => undefined);
  const seen = await look(video);
  const { width = video.videoWidth, height = video.videoHeight } = track.getSettings();
  const found = { state: "ok", label: track.label.slice(0, 200), width, height, ...seen };
  if (found.black) say("camera", "bad", t("camera_black"));
  else say("camera", "good", t("camera_good", { label: found.label, width, height, fps: Math.round(found.fps) }));
  return { track, found };
}

/** Pictures a second and whether they are black, over two seconds. */
async function look(video) {
  let frames = 0;
  const count = () => {
    frames += 1;
    video.requestVideoFrameCallback?.(count);
  };
  video.requestVideoFrameCallback?.(count);
  const [before, began] = [video.getVideoPlaybackQuality?.().totalVideoFrames ?? 0, performance.now()];
  await wait(LOOK_MS);
  const seconds = (performance.now() - began) / 1000;
  const played = (video.getVideoPlaybackQuality?.().totalVideoFrames ?? 0) - before;
  return { fps: Math.min(240, Math.max(frames, played) / seconds), black: brightness(video) < BLACK };
}

function brightness(video) {
  const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 36 });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(video, 0, 0, canvas.width, canvas.height);
  const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
  let sum = 0;
  for (let at = 0; at < data.length; at += 4) sum += Math.max(data[at], data[at + 1], data[at + 2]);
  return sum / (data.length / 4);
}

// ------------------------------------------------------------------ microphone

/** {track, found} */
export async function tryMicrophone() {
  say("microphone", "running", t("running"));
  let track;
  try {
    track = await openMicrophone();
  } catch (problem) {
    return { track: null, found: failed("microphone", problem) };
  }
  say("microphone", "running", t("say_something"));
  const level = await listen(track);
  const found = { state: "ok", label: track.label.slice(0, 200), level };
  if (level < SILENT) say("microphone", "bad", t("microphone_silent"));
  else if (level < QUIET) say("microphone", "warn", t("microphone_quiet"));
  else say("microphone", "good", t("microphone_good", { label: found.label }));
  return { track, found };
}

/** The level that was reached for half a second in all; ends as soon as somebody is heard well. */
async function listen(track) {
  const meter = part("meter");
  const levels = [];
  meter.hidden = false;
  const stop = measure(track, (level) => {
    levels.push(level);
    meter.firstElementChild.style.transform = `scaleX(${level.toFixed(3)})`;
    meter.setAttribute("aria-valuenow", Math.round(level * 100));
  });
  const reached = () => levels.toSorted((a, b) => b - a)[4] ?? 0;
  for (const end = performance.now() + LISTEN_MS; performance.now() < end && reached() < LOUD;) await wait(200);
  stop();
  meter.hidden = true;
  return reached();
}

// ------------------------------------------------------------------ loudspeaker and echo

/** {heard, picked_up, echo, echo_db}; `microphone` may be null. */
export async function trySpeaker(microphone) {
  say("speaker", "running", t("speaker_listen"));
  const context = new AudioContext();
  await context.resume();
  const raw = microphone && (await untouched(microphone));
  const answer = asked(() => play(context).done);
  const measured = await echo(context, microphone, raw);
  raw?.stop();
  const heard = await answer;
  context.close();
  tellSpeaker(heard, measured);
  return { heard, ...measured };
}

/** The same microphone without anything taken out of it; null where the browser cannot give it twice. */
async function untouched(track) {
  const wish = { deviceId: track.getSettings().deviceId, echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  try {
    return (await navigator.mediaDevices.getUserMedia({ audio: wish })).getAudioTracks()[0];
  } catch {
    return null;
  }
}

/** Play the tones: when each begins, and a promise of the end. */
function play(context) {
  const out = new GainNode(context, { gain: 0.35 });
  out.connect(context.destination);
  const first = context.currentTime + 0.1;
  const starts = TONES.map((frequency, index) => {
    const [tone, at] = [new OscillatorNode(context, { frequency }), first + index * (TONE_S + GAP_S)];
    tone.connect(out);
    tone.start(at);
    tone.stop(at + TONE_S);
    return at;
  });
  return { starts, done: wait((first - context.currentTime + TONES.length * (TONE_S + GAP_S)) * 1000) };
}

function asked(again) {
  const [box, yes, no] = [part("heard"), part("heard-yes"), part("heard-no")];
  box.hidden = false;
  yes.focus();
  return new Promise((resolve) => {
    const late = setTimeout(() => end("unsure"), ANSWER_MS);
    const end = (word) => {
      clearTimeout(late);
      box.hidden = true;
      resolve(word);
    };
    yes.onclick = () => end("yes");
    no.onclick = () => end("no");
    part("play-again").onclick = again;
  });
}

/** How much louder each tone is in the microphone while it is played than before, as the browser hands it on, and untouched. */
async function echo(context, microphone, raw) {
  const ears = [microphone, raw].map((track) => track && ear(context, track));
  await wait(400);
  const before = TONES.map((frequency) => ears.map((one) => one?.(frequency)));
  const { starts } = play(context);
  const rises = [[], []];
  for (const [index, frequency] of TONES.entries()) {
    await wait(Math.max(0, (starts[index] + TONE_S * 0.75 - context.currentTime) * 1000));
    ears.forEach((one, number) => one && rises[number].push(one(frequency) - before[index][number]));
  }
  const rise = (list) => (list.length ? list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] : 0);
  const level = Math.max(-120, Math.min(120, rise(rises[0])));
  const word = !microphone ? "unknown" : level >= ECHO_DB[1] ? "strong" : level >= ECHO_DB[0] ? "weak" : "none";
  return { picked_up: rise(rises[1]) >= HEARD_DB, echo: word, echo_db: level };
}

/** A function that tells how loud a frequency is in the track, in dB. */
function ear(context, track) {
  const analyser = new AnalyserNode(context, { fftSize: 4096, smoothingTimeConstant: 0, minDecibels: -120 });
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const bins = new Float32Array(analyser.frequencyBinCount);
  return (frequency) => {
    analyser.getFloatFrequencyData(bins);
    const middle = Math.round((frequency * analyser.fftSize) / context.sampleRate);
    return Math.max(-120, ...bins.subarray(middle - 2, middle + 3));
  };
}

function tellSpeaker(heard, { picked_up: pickedUp, echo: word }) {
  const first = heard === "unsure" && pickedUp ? t("speaker_picked_up") : t(`speaker_${heard}`);
  const words = word === "unknown" ? first : `${first} ${t(`echo_${word}`)}`;
  const state = heard === "no" ? "bad" : word === "strong" || (heard === "unsure" && !pickedUp) ? "warn" : "good";
  say("speaker", state, words);
}
