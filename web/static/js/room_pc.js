// The page of a room's own PC: shows a code until it is paired, then the day, and goes into sessions by itself.
// It never pauses, and never gives up: without a network it says so and goes on asking.

import { tryWay } from "./trial.js";

const LEFT = "liaison.pc.left";
const CODE_EVERY_MS = 3000;
const AGAIN_MS = 5000;
const ANSWER_MS = 10000;
const SLOW_MS = 1500;
const root = document.querySelector("[data-room-pc]");
const lost = root.querySelector("[data-lost]");
const clock = root.querySelector("[data-clock]");
const time = new Intl.DateTimeFormat("en-GB", { timeZone: root.dataset.zone, hour: "2-digit", minute: "2-digit" });
const paired = root.dataset.roomPc === "waiting";
let offset = Date.parse(root.dataset.now) - Date.now();
let lastNews = "";
let pause = 0;
let shown = "";

const local = (moment) => time.format(new Date(moment));

function tick() {
  const text = local(Date.now() + offset);
  if (clock.textContent !== text) clock.textContent = text;
}

/** Fetch JSON; throws without a network and whenever the server cannot answer now. */
async function ask(url, options = {}) {
  const response = await fetch(url, {
    cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout(ANSWER_MS), ...options,
    headers: { Accept: "application/json", ...options.headers },
  });
  if (!response.ok) throw new Error(response.statusText);
  return response.json();
}

function news() {
  lastNews = local(Date.now() + offset);
  lost.hidden = true;
}

function noNews() {
  lost.querySelector("span").textContent = lost.dataset.lost.replace("{time}", lastNews || "–");
  lost.hidden = false;
}

// ------------------------------------------------------------------ waiting for a session

function draw(told) {
  offset = Date.parse(told.now) - Date.now();
  const day = root.querySelector("[data-day]");
  if (shown !== told.shown) day.innerHTML = told.shown;
  shown = told.shown;
}

async function look() {
  const left = localStorage.getItem(LEFT) ?? "";
  const told = await ask(`${root.dataset.state}?left=${encodeURIComponent(left)}`);
  news();
  if (!told.paired) return location.reload();
  draw(told);
  if (told.enter) return location.assign(told.enter);
  if (told.check) await check(told.check);
  return told.again_ms;
}

// ------------------------------------------------------------------ looking at itself before a session

const PROBLEMS = {
  NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "none", OverconstrainedError: "none", NotReadableError: "busy",
  AbortError: "busy",
};

/** What is wrong with the camera or the microphone, or nothing; it is let go at once. */
async function problem(kind, wish) {
  if (!navigator.mediaDevices?.getUserMedia || !window.isSecureContext) return [`${kind}_insecure`];
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error("nobody answers")), ANSWER_MS));
  try {
    const stream = await Promise.race([navigator.mediaDevices.getUserMedia(wish), late]);
    for (const track of stream.getTracks()) track.stop();
    return [];
  } catch (error) {
    return [`${kind}_${PROBLEMS[error.name] ?? "unknown"}`];
  }
}

/** The middle one of three answers of the server is late. */
async function slowNetwork() {
  const took = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const before = performance.now();
    await ask(root.dataset.state);
    took.push(performance.now() - before);
  }
  return took.sort((a, b) => a - b)[1] > SLOW_MS ? ["network_slow"] : [];
}

const token = () => document.querySelector("[name=csrf_token]").value;
const post = (url, body = {}) => ask(url, {
  method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
});

/** Whether picture and sound would reach the media engine: by really connecting, directly and over every TURN server. */
async function noMedia() {
  if (!window.RTCPeerConnection) return ["media_unreachable"];
  try {
    const [direct, ...relays] = await Promise.all((await post(root.dataset.trial)).ways.map((way) => tryWay(post, way)));
    const relayed = relays.some((tried) => tried.works);
    if (!direct.works) return [relayed ? "media_udp" : "media_unreachable"];
    return relays.length && !relayed ? ["media_turn"] : [];
  } catch {
    return ["media_unreachable"]; // the server's media engine does not answer; when the server itself is away, nothing is told at all
  }
}

async function check(url) {
  const devices = [...await problem("camera", { video: true }), ...await problem("microphone", { audio: true })];
  const found = [...devices, ...await slowNetwork(), ...await noMedia()];
  const body = new URLSearchParams(found.map((reason) => ["reasons", reason]));
  await ask(url, { method: "POST", body, headers: { "X-CSRFToken": token() } });
}

// ------------------------------------------------------------------ waiting to be paired

let codeUntil = 0;

async function pair() {
  if (Date.now() >= codeUntil) await newCode();
  const told = await ask(root.dataset.state);
  news();
  return told.paired ? location.reload() : CODE_EVERY_MS;
}

async function newCode() {
  const told = await ask(root.dataset.code, { method: "POST", headers: { "X-CSRFToken": token() } });
  if (told.paired) return;
  codeUntil = Date.now() + told.seconds * 1000;
  root.querySelector("[data-code-shown]").textContent = told.code;
}

// ------------------------------------------------------------------ for ever

async function turn() {
  let again = AGAIN_MS;
  try {
    again = (await (paired ? look() : pair())) ?? AGAIN_MS;
  } catch {
    noNews();
  }
  pause = setTimeout(turn, again);
}

function hurry() {
  clearTimeout(pause);
  turn();
}

async function stayAwake() {
  try {
    await navigator.wakeLock?.request("screen");
  } catch {
    // The browser keeps the screen on only for a page that is seen.
  }
}

tick();
setInterval(tick, 1000);
stayAwake();
document.addEventListener("visibilitychange", stayAwake);
window.addEventListener("online", () => !lost.hidden && hurry());
turn();
