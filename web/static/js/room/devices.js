/**
 * Camera and microphone of this device: opening, remembering, and saying what is wrong in a word the page can translate.
 * Problems are `DeviceProblem`s whose `code` is: denied, none, busy, insecure or unknown.
 */
import { option } from "./boot.js";

const KEY = "liaison.devices";
const CODES = {
  NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "none", DevicesNotFoundError: "none",
  OverconstrainedError: "none", NotReadableError: "busy", TrackStartError: "busy", AbortError: "busy",
};

export class DeviceProblem extends Error {
  constructor(code, kind, cause) {
    super(`${kind}: ${code}`, { cause });
    this.code = code;
    this.kind = kind;
  }
}

/** What was chosen last time on this device. */
export function remembered() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch (problem) {
    if (problem instanceof SyntaxError || problem instanceof DOMException) return {};
    throw problem;
  }
}

/** Keep choices for next time; a browser that forbids storage simply forgets. */
export function remember(choices) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...remembered(), ...choices }));
  } catch (problem) {
    if (!(problem instanceof DOMException)) throw problem;
  }
}

/** Whether the browser can give a camera here at all: HTTPS or localhost. */
export const devicesAllowed = () => Boolean(navigator.mediaDevices?.getUserMedia) && window.isSecureContext;

const SIZES = { normal: [1280, 720, 25, 30], thin: [640, 360, 15, 15], audio: [320, 180, 10, 10] };
let size = SIZES.normal;

/** From now on cameras are opened no larger than the point's link is worth (normal, thin, audio). */
export function fitCamera(link) {
  size = SIZES[link] ?? SIZES.normal;
}

/** Wanted size of the camera: `?camera=320x180@10`, or what the link is worth. */
function cameraSize() {
  const given = /^(\d{2,4})x(\d{2,4})@(\d{1,2})$/.exec(option("camera") ?? "");
  const [width, height, rate, most = rate] = given ? given.slice(1).map(Number) : size;
  return { width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: rate, max: most } };
}

const chosen = (id) => (id ? { deviceId: { ideal: id } } : {});
const videoWish = (id) => ({ ...cameraSize(), ...chosen(id) });
const audioWish = (id) => ({
  echoCancellation: true, noiseSuppression: true, autoGainControl: true, ...chosen(id),
});

async function ask(constraints, kind) {
  if (!devicesAllowed()) throw new DeviceProblem("insecure", kind);
  try {
    return await navigator.mediaDevices.getUserMedia(constraints);
  } catch (problem) {
    throw new DeviceProblem(CODES[problem.name] ?? "unknown", kind, problem);
  }
}

/** Open a camera; the track, or a DeviceProblem. */
export async function openCamera(id = remembered().camera) {
  return (await ask({ video: videoWish(id) }, "camera")).getVideoTracks()[0];
}

/** Open a microphone; the track, or a DeviceProblem. */
export async function openMicrophone(id = remembered().microphone) {
  return (await ask({ audio: audioWish(id) }, "microphone")).getAudioTracks()[0];
}

/**
 * Open both with one question to the person; when that fails, each by itself, so that a missing camera never costs the
 * microphone. Gives `{camera, microphone, problems: [DeviceProblem…]}`.
 */
export async function openBoth({ camera = true, microphone = true } = {}) {
  const { camera: cameraId, microphone: microphoneId } = remembered();
  if (camera && microphone) {
    try {
      const stream = await ask({ video: videoWish(cameraId), audio: audioWish(microphoneId) }, "camera");
      return { camera: stream.getVideoTracks()[0], microphone: stream.getAudioTracks()[0], problems: [] };
    } catch (problem) {
      if (problem.code === "insecure") return { camera: null, microphone: null, problems: [problem] };
    }
  }
  const result = { camera: null, microphone: null, problems: [] };
  const attempt = async (kind, open) => {
    try {
      result[kind] = await open();
    } catch (problem) {
      result.problems.push(problem);
    }
  };
  if (camera) await attempt("camera", openCamera);
  if (microphone) await attempt("microphone", openMicrophone);
  return result;
}

/** Ask for a screen or window to show; null when the person thinks better of it. */
export async function openScreen() {
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { ideal: 10, max: 15 } }, audio: false });
    const track = stream.getVideoTracks()[0];
    track.contentHint = "detail";
    return track;
  } catch (problem) {
    if (problem.name === "NotAllowedError" || problem.name === "AbortError") return null;
    throw new DeviceProblem(CODES[problem.name] ?? "unknown", "screen", problem);
  }
}

/** `{cameras, microphones, speakers}`: lists of {id, label}; labels are empty until the person has allowed access. */
export async function listDevices() {
  const lists = { cameras: [], microphones: [], speakers: [] };
  if (!devicesAllowed()) return lists;
  const names = { videoinput: "cameras", audioinput: "microphones", audiooutput: "speakers" };
  for (const device of await navigator.mediaDevices.enumerateDevices())
    if (device.deviceId) lists[names[device.kind]].push({ id: device.deviceId, label: device.label });
  return lists;
}

/** Call `react` when something is plugged in or out. */
export function onDeviceChange(react) {
  navigator.mediaDevices?.addEventListener?.("devicechange", react);
}
