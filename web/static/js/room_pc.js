// The page of a room's own PC: shows a code until it is paired, then the day, and goes into sessions by itself.
// It never pauses, and never gives up: without a network it says so and goes on asking.

const LEFT = "liaison.pc.left";
const CODE_EVERY_MS = 3000;
const AGAIN_MS = 5000;
const ANSWER_MS = 10000;
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
  return told.again_ms;
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
  const token = document.querySelector("[name=csrf_token]").value;
  const told = await ask(root.dataset.code, { method: "POST", headers: { "X-CSRFToken": token } });
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
