/** The page around the player: choices, what is on now, what helps when it stutters. */
import { Player } from "./player.js";

const EVERY_MS = 5000;
const root = document.getElementById("broadcast");
const find = (id) => document.getElementById(id);
const options = JSON.parse(root.dataset.broadcast);
const player = new Player(find("player"), options);
let state = options.state;

function draw() {
  find("player-quality").value = player.quality;
  if (find("player-sound")) find("player-sound").value = player.sound;
  find("player-stuck").hidden = !player.stuck;
  find("player-thin").hidden = player.quality === "v360" || player.quality === "sound";
  find("player-start").hidden = Boolean(player.started);
  player.video.controls = Boolean(player.started);
  find("player-muted").hidden = !(player.started && player.video.muted);
  find("player-beginning").hidden = player.ended || player.whole;
  find("player-live").hidden = player.ended || !player.whole;
  find("player-full").hidden = !player.full;
  find("player-frame").hidden = player.full;
  find("player-choices").hidden = player.full;
  root.classList.toggle("is-sound", player.quality === "sound");
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

window.addEventListener("hashchange", goToMoment);
goToMoment();
draw();
drawState();
setInterval(look, EVERY_MS);
document.addEventListener("visibilitychange", look);
window.liaisonPlayer = player;
