/** The foot of a replay: play, the line of time, speed, and their keys. */
import { t } from "../boot.js";
import { byId, clockTime, duration, setIcon, setText } from "../dom.js";

const SKIP_MS = 30_000;
const SECOND = 1000;

export class Controls {
  constructor({ player, recording }) {
    Object.assign(this, { player, recording });
    byId("place").max = String(Math.max(1, Math.round((recording.ends - recording.begins) / SECOND)));
    byId("place").addEventListener("input", ({ target }) => player.jump(recording.begins + Number(target.value) * SECOND));
    byId("play").addEventListener("click", () => this.toggle());
    byId("mark-back").addEventListener("click", () => player.step(-1));
    byId("mark-next").addEventListener("click", () => player.step(1));
    for (const choice of this.speeds) choice.addEventListener("change", () => player.setSpeed(Number(choice.value)));
    document.addEventListener("keydown", (event) => this.key(event));
    player.addEventListener("change", () => this.draw());
  }

  get speeds() {
    return [...document.querySelectorAll("input[name=speed]")];
  }

  toggle() {
    if (this.player.playing) this.player.pause();
    else this.player.play();
  }

  /** Keys work everywhere but where they mean something else already. */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { player } = this;
    const acts = { Space: () => this.toggle(), KeyJ: () => player.step(-1), KeyL: () => player.step(1),
      ArrowLeft: () => player.jump(player.at - SKIP_MS), ArrowRight: () => player.jump(player.at + SKIP_MS),
      Home: () => player.jump(this.recording.begins), End: () => player.jump(this.recording.ends) };
    const taken = event.code === "Space" ? "button, summary" : event.code.startsWith("Key") ? "none" : "input, [role=tab]";
    if (!acts[event.code] || event.target.closest(taken)) return;
    event.preventDefault();
    acts[event.code]();
  }

  draw() {
    const { player, recording } = this;
    const passed = duration((player.at - recording.begins) / SECOND);
    const all = duration((recording.ends - recording.begins) / SECOND);
    setIcon(byId("play"), player.playing ? "pause-fill" : "play-fill");
    setText(byId("play-word"), t(player.playing ? "replay_pause" : "replay_play"));
    byId("place").value = String(Math.round((player.at - recording.begins) / SECOND));
    byId("place").setAttribute("aria-valuetext", t("replay_at", { time: clockTime(player.at), passed, all }));
    setText(byId("place-time"), clockTime(player.at));
    setText(byId("place-passed"), `${passed} / ${all}`);
  }
}
