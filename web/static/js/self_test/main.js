/** The guided check: one step after the other, then what the server makes of it. It decides nothing itself. */
import { boot, t } from "../room/boot.js";
import { goRound, tryWay } from "../trial.js";
import { tryCamera, tryMicrophone, trySpeaker } from "./devices.js";
import { aloud, part, reset, root, say } from "./steps.js";

const begin = part("begin");
let busy = false;

/** Ask the server; what it refuses is thrown with its words. */
async function post(url, body = {}) {
  const response = await fetch(url, {
    method: "POST", credentials: "same-origin", body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": root.querySelector("[name=csrf_token]").value },
  });
  const told = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(told.detail ?? told.title ?? response.statusText);
  return told;
}

/** `Chrome 156`: Edge says that it is Chrome too, so it is looked for first. */
function browserName() {
  const found = ["Edg", "Firefox", "Chrome", "Version"].map((word) => new RegExp(`(${word})/(\\d+)`).exec(navigator.userAgent)).find(Boolean);
  return found ? `${{ Edg: "Edge", Version: "Safari" }[found[1]] ?? found[1]} ${found[2]}` : "";
}

function tryBrowser() {
  const supported = Boolean(window.RTCPeerConnection && navigator.mediaDevices?.getUserMedia && window.AudioContext) || !window.isSecureContext;
  const secure = window.isSecureContext;
  if (!supported) say("browser", "bad", t("browser_old"));
  else if (!secure) say("browser", "bad", t("browser_insecure"));
  else say("browser", "good", t("browser_good"));
  return { supported, secure, browser: browserName() };
}

/** The ways and the loop; a server that cannot serve now is told on the page, and nothing more is measured. */
async function tryNetwork(camera, microphone) {
  const nothing = { trial: "", ways: [], loop: null, close: () => undefined };
  say("network", "running", t("running"));
  try {
    const trial = await post(boot.trial);
    const ways = await tryWays(trial);
    const working = trial.ways.find((way) => ways.some((tried) => tried.way === way.way && tried.works));
    if (!working) {
      say("network", "bad", t("network_none"));
      say("loop", "bad", t("loop_none"));
      return { ...nothing, trial: trial.id, ways };
    }
    const direct = ways.some((tried) => tried.way === "udp" && tried.works);
    say("network", direct ? "good" : "warn", wayWords(working, ways.find((tried) => tried.works)));
    return { trial: trial.id, ways, ...await tryLoop(trial, working, camera, microphone) };
  } catch (problem) {
    for (const step of ["network", "loop"]) say(step, "bad", t("begin_failed", { reason: problem.message }));
    return nothing;
  }
}

const wayWords = (way, tried) => (tried?.works ? t("way_works", { way: way.name, ms: tried.took_ms }) : t("way_closed", { way: way.name }));

/** All at once: one that is closed is known only after its time, and a wall may close several. */
async function tryWays(trial) {
  const found = [];
  const all = await Promise.all(trial.ways.map((way) => tryWay(post, way)));
  for (const [index, tried] of all.entries()) {
    const line = document.createElement("li");
    line.textContent = wayWords(trial.ways[index], tried);
    if (all.length > 1) part("ways").append(line);
    if (!found.some((one) => one.way === tried.way && one.works)) found.push(tried);
  }
  return found;
}

async function tryLoop(trial, way, camera, microphone) {
  const [video, progress] = [part("back"), part("progress")];
  video.hidden = progress.hidden = false;
  const tell = (left) => {
    progress.value = 100 - left / 90;
    say("loop", "running", t("loop_running", { seconds: Math.ceil(left / 1000) }));
  };
  const round = await goRound(post, trial, way, { camera, microphone, video, tell });
  progress.hidden = true;
  const { loop } = round;
  const rate = (side) => (side.bitrate / 1e6).toFixed(2);
  if (loop) say("loop", "good", t("loop_good", { up: rate(loop.up), down: rate(loop.down), rtt: loop.rtt_ms }));
  else say("loop", "bad", t("loop_none"));
  return round;
}

async function judge(trial, measured) {
  aloud(t("judging"));
  try {
    const told = await post(boot.reports, { trial, point: document.getElementById("f-point")?.value ?? "", measured });
    part("result").innerHTML = told.shown;
    root.dataset.score = told.score;
    aloud(t("result", { score: told.score }));
  } catch (problem) {
    part("result").textContent = t("report_failed", { reason: problem.message });
  }
  part("result").focus();
}

/** Every step; without a browser that can, only the first. */
async function run() {
  reset();
  delete root.dataset.score;
  const browser = tryBrowser();
  const able = browser.supported && browser.secure;
  const none = { track: null, found: { state: browser.supported ? "insecure" : "unknown" } };
  const camera = able ? await tryCamera() : none;
  const microphone = able ? await tryMicrophone() : none;
  const loudspeaker = able ? await trySpeaker(microphone.track) : {};
  const network = able ? await tryNetwork(camera.track, microphone.track) : { trial: "", ways: [], loop: null, close: () => undefined };
  await judge(network.trial, {
    ...browser, camera: camera.found, microphone: microphone.found, loudspeaker, ways: network.ways, loop: network.loop,
  });
  network.close();
  for (const { track } of [camera, microphone]) track?.stop();
  for (const name of ["own", "back"]) part(name).srcObject = null;
}

begin.addEventListener("click", async () => {
  if (busy) return;
  busy = true;
  begin.setAttribute("aria-disabled", "true");
  await run();
  begin.removeAttribute("aria-disabled");
  begin.querySelector("span").textContent = t("again");
  busy = false;
});
