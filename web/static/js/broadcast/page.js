/** The page around the player: choices, what is on now, what helps when it stutters. */
import { Player } from "./player.js";

const EVERY_MS = 5000;
const STEP_S = 10;
const root = document.getElementById("broadcast");
const find = (id) => document.getElementById(id);
const options = JSON.parse(root.dataset.broadcast);
const player = new Player(find("player"), options);
let state = options.state;

function draw() {
  const held = document.activeElement;
  find("player-quality").value = player.quality;
  if (find("player-sound")) find("player-sound").value = player.sound;
  find("player-stuck").hidden = !player.stuck;
  find("player-thin").hidden = player.quality === "v360" || player.quality === "sound";
  find("player-start").hidden = Boolean(player.started);
  player.video.controls = Boolean(player.started);
  find("player-muted").hidden = !(player.started && player.video.muted);
  find("player-beginning").hidden = player.ended || player.whole;
  drawLive();
  find("player-full").hidden = !player.full;
  find("player-frame").hidden = player.full;
  find("player-choices").hidden = player.full;
  root.classList.toggle("is-sound", player.quality === "sound");
  if (root.contains(held) && !held.checkVisibility()) keepFocus(held);
}

function drawLive() {
  find("player-live").hidden = player.ended || (player.moment === null && !player.whole);
}

/** A button that goes with its press leaves the keyboard where it is useful next. */
function keepFocus(held) {
  const next = find({ "player-beginning": "player-live", "player-live": "player-beginning" }[held.id]);
  (next?.checkVisibility() ? next : player.full ? find("player-again") : player.video).focus();
}

/** Beside the browser's own keys of its controls: back and forth without reaching for the line of time. */
function step(event) {
  const seconds = { ArrowLeft: -STEP_S, ArrowRight: STEP_S }[event.key];
  if (!seconds || !player.started || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  const { seekable, currentTime } = player.video;
  if (seekable.length) player.video.currentTime = Math.min(Math.max(currentTime + seconds, seekable.start(0)), seekable.end(seekable.length - 1));
}

/** What is on now; once the session has ended the same page shows it from the beginning. */
function drawState() {
  for (const [index, line] of [...document.querySelectorAll(".agenda-view > li")].entries()) {
    if (index === state.item && !state.ended) line.setAttribute("aria-current", "step");
    else line.removeAttribute("aria-current");
  }
  drawCaptions(state.captions ?? []);
  const { question } = state;
  find("player-question").hidden = !question;
  const asked = question ? `№ ${question.number}${[question.name, question.place].filter(Boolean).map((word) => ` · ${word}`).join("")}: ${question.text}` : "";
  if (find("player-asked").textContent !== asked) find("player-asked").textContent = asked;
  for (const words of find("player-slate").children) words.hidden = options.ended || words.dataset.slate !== state.slate;
  find("player-ended").hidden = !state.ended || options.ended;
  find("player-watching").textContent = state.watching;
  find("player-watching").parentElement.hidden = !state.watching;
}

/** In which languages something has been written; another one may come while somebody watches. */
function drawCaptions(languages) {
  find("player-captions-field").hidden = !languages.length;
  for (const option of find("player-captions").options) if (option.value) option.hidden = option.disabled = !languages.includes(option.value);
  find("player-captions").value = languages.includes(player.captions) ? player.captions : "";
}

async function look() {
  if (document.hidden || player.ended) return;
  try {
    const response = await fetch(`${options.url}/state.json`);
    if (!response.ok) return;
    state = await response.json();
    drawState();
    if (document.activeElement !== find("player-live")) drawLive(); // whoever has paused falls behind
  } catch {
    // The next look tells.
  }
}

find("player-quality").addEventListener("change", ({ target }) => player.choose({ quality: target.value }));
find("player-captions").addEventListener("change", ({ target }) => player.caption(target.value));
find("player-sound")?.addEventListener("change", ({ target }) => player.choose({ sound: target.value }));
for (const name of ["player-start", "player-again"]) find(name).addEventListener("click", () => player.load().then(() => player.play()));
find("player-listen").addEventListener("click", () => {
  player.quality = "sound"; // for this time only
  player.load().then(() => player.play());
});
find("player-muted").addEventListener("click", () => {
  player.video.muted = false;
  draw();
});
find("player-beginning").addEventListener("click", () => player.fromTheBeginning());
find("player-live").addEventListener("click", () => player.backToLive());
find("player-thin").addEventListener("click", () => player.choose({ quality: "v360" }));
player.addEventListener("change", draw);
player.video.addEventListener("volumechange", draw);

/** An address with #t=seconds begins there, also when it is followed on this very page. */
function goToMoment() {
  const moment = /^#t=(\d{1,6})$/.exec(window.location.hash);
  if (!moment) return;
  player.goTo(Number(moment[1]));
  root.scrollIntoView({ block: "nearest" });
}

/** Where in the recording's contents one is. */
function markMoment() {
  const passed = (line) => Number(line.dataset.seconds) <= player.video.currentTime + 0.5;
  const now = player.started ? [...document.querySelectorAll("#contents-list > li")].findLast(passed) : null;
  const marked = document.querySelector("#contents-list > [aria-current]");
  if ((now ?? null) === marked) return;
  marked?.removeAttribute("aria-current");
  now?.setAttribute("aria-current", "true");
}

window.addEventListener("hashchange", goToMoment);
document.addEventListener("click", ({ target }) => {
  if (target.closest?.("a")?.href === window.location.href) goToMoment(); // the same moment again: no change of the address tells
});
player.video.addEventListener("timeupdate", markMoment);
player.video.addEventListener("keydown", step);
goToMoment();
draw();
drawState();
setInterval(look, EVERY_MS);
document.addEventListener("visibilitychange", look);
window.liaisonPlayer = player;
