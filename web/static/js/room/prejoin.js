/** Before joining: look at oneself, see the level of one's voice, choose devices, and press one large button. */
import { boot, pointName, t } from "./boot.js";
import { devicesAllowed, fitCamera, openBoth, openCamera, openMicrophone, remember, remembered } from "./devices.js";
import { byId, icon, make, setIcon, setText, show } from "./dom.js";
import { measure } from "./meter.js";
import { deviceWords } from "./own.js";
import { Picture } from "./picture.js";
import { Pickers } from "./pickers.js";
import { setAvatar } from "./tile.js";

const NAME_KEY = "liaison.name";

/** The words for one way into the room. */
export function wayWord({ role, point }) {
  if (role === "point") return pointName(point);
  return point ? t(`way_${role}_point`, { point: pointName(point) }) : t(`way_${role}`);
}

export class PreJoin {
  constructor() {
    const { cameraOff = false, microphoneOff = false } = remembered();
    Object.assign(this, { camera: null, microphone: null, cameraOn: !cameraOff && this.films && boot.ways[0]?.link !== "audio", microphoneOn: !microphoneOff, problems: [] });
    this.mirror = new Picture(byId("mirror"), byId("mirror").querySelector("video"));
    const ids = { camera: "pick-camera", microphone: "pick-microphone", speaker: "pick-speaker" };
    this.pickers = new Pickers(ids, { chosen: (kind, id) => this.choose(kind, id), current: (kind) => this.using(kind) });
    byId("pre-camera").addEventListener("click", () => this.toggleCamera());
    byId("pre-mic").addEventListener("click", () => this.toggleMicrophone());
    byId("entry-way").addEventListener("change", () => {
      fitCamera(this.way.link);
      this.draw();
    });
    fitCamera(boot.ways[0]?.link);
  }

  /** Show the page; resolves to {way, name, camera, microphone, cameraOn, microphoneOn} when the person joins. */
  async run() {
    show(byId("prejoin"), true);
    this.fillForm();
    this.draw();
    const joined = new Promise((resolve) => {
      byId("entry").addEventListener("submit", (event) => {
        event.preventDefault();
        resolve();
      });
      byId("entry-without").addEventListener("click", () => {
        this.dropCamera();
        resolve();
      });
    });
    if (this.sends) this.open();
    await joined;
    return this.finish();
  }

  get way() {
    return boot.ways[Number(byId("entry-way").value) || 0];
  }

  /** Whether the chosen way sends picture and sound at all. */
  get sends() {
    return ["chair", "deputy", "point", "interpreter"].includes(this.way.role) && !boot.control;
  }

  /** Whether it sends a picture from the start: an interpreter is heard alone (into sign language the camera comes later). */
  get films() {
    return this.way.role !== "interpreter";
  }

  fillForm() {
    setText(byId("entry-when"), boot.when);
    byId("entry-way").replaceChildren(...boot.ways.map((way, index) => make("option", { value: String(index) }, wayWord(way))));
    show(byId("way-field"), boot.ways.length > 1);
    byId("entry-name").value = sessionStorage.getItem(NAME_KEY) ?? boot.name ?? "";
  }

  async open() {
    this.opening = true;
    this.draw();
    const opened = await openBoth({ camera: this.cameraOn && this.films });
    this.opening = false;
    if (this.done) return [opened.camera, opened.microphone].forEach((track) => track?.stop());
    this.problems = opened.problems;
    this.setCamera(opened.camera);
    this.setMicrophone(opened.microphone);
    return this.pickers.fill();
  }

  setCamera(track) {
    this.camera?.stop();
    this.camera = track;
    this.cameraOn = this.cameraOn && Boolean(track);
    track?.addEventListener("ended", () => this.camera === track && this.setCamera(null));
    this.draw();
  }

  setMicrophone(track) {
    this.unmeasure?.();
    this.microphone?.stop();
    this.microphone = track;
    if (track) {
      track.enabled = this.microphoneOn;
      this.unmeasure = measure(track, (level) => this.drawLevel(level));
      track.addEventListener("ended", () => this.microphone === track && this.setMicrophone(null));
    }
    this.draw();
  }

  async choose(kind, id) {
    if (kind === "speaker") return;
    if (kind === "camera") this.camera?.stop();
    await this.attempt(kind, () => (kind === "camera" ? openCamera(id) : openMicrophone(id)));
  }

  async attempt(kind, open) {
    this.problems = this.problems.filter((problem) => problem.kind !== kind);
    let track = null;
    try {
      track = await open();
    } catch (problem) {
      if (!problem.kind) throw problem;
      this.problems.push(problem);
    }
    if (kind === "camera") this.setCamera(track);
    else this.setMicrophone(track);
    await this.pickers.fill();
  }

  async toggleCamera() {
    this.cameraOn = !this.cameraOn;
    remember({ cameraOff: !this.cameraOn });
    if (this.cameraOn && !this.camera) await this.attempt("camera", openCamera);
    if (!this.cameraOn) this.setCamera(null);
    this.draw();
  }

  async toggleMicrophone() {
    this.microphoneOn = !this.microphoneOn;
    remember({ microphoneOff: !this.microphoneOn });
    if (this.microphoneOn && !this.microphone) await this.attempt("microphone", openMicrophone);
    if (this.microphone) this.microphone.enabled = this.microphoneOn;
    this.draw();
  }

  dropCamera() {
    this.cameraOn = false;
    this.setCamera(null);
  }

  using(kind) {
    return kind === "speaker" ? remembered().speaker : this[kind]?.getSettings().deviceId;
  }

  drawLevel(level) {
    byId("meter-fill").style.setProperty("--level", level.toFixed(2));
    byId("meter").setAttribute("aria-valuenow", String(Math.round(level * 100)));
  }

  draw() {
    const camera = this.camera && this.cameraOn;
    this.mirror.showLocal(camera ? this.camera : null);
    setAvatar(byId("mirror-avatar"), wayWord(this.way));
    setText(byId("mirror-note"), this.opening ? t("starting_camera") : t("own_camera_off"));
    switchTool(byId("pre-camera"), Boolean(camera), ["camera-video-fill", "camera-video-off-fill"], ["camera_on", "camera_is_off"]);
    const voice = Boolean(this.microphone && this.microphoneOn);
    switchTool(byId("pre-mic"), voice, ["mic-fill", "mic-mute-fill"], ["mic_on", "mic_off"]);
    const sends = this.sends;
    for (const element of [byId("entry-pickers"), document.querySelector(".mirror")]) show(element, sends);
    for (const id of ["mirror", "pre-camera"]) show(byId(id), this.films);
    byId("entry-pickers").classList.toggle("is-sound", !this.films);
    setText(document.querySelector("label[for=entry-name]"), t(this.way.point ? "who_speaks" : "your_name"));
    byId("prejoin").classList.toggle("is-narrow", !sends);
    const cameraProblem = this.problems.find((problem) => problem.kind === "camera");
    show(byId("entry-without"), sends && Boolean(this.opening || (cameraProblem && devicesAllowed())));
    this.drawProblems(sends);
  }

  drawProblems(sends) {
    const words = sends ? [...new Set(this.problems.map(deviceWords))] : [];
    byId("entry-problems").replaceChildren(...words.map((text) =>
      make("div", { class: "card-warn" }, icon("exclamation-triangle-fill"), make("p", {}, text))));
  }

  finish() {
    if (!this.films) this.dropCamera();
    this.done = true;
    this.unmeasure?.();
    this.mirror.showLocal(null);
    const name = byId("entry-name").value.trim();
    sessionStorage.setItem(NAME_KEY, name);
    show(byId("prejoin"), false);
    const { camera, microphone, cameraOn, microphoneOn } = this;
    Object.assign(this, { camera: null, microphone: null }); // from now on the room looks after them
    return { way: this.way, name, camera, microphone, cameraOn, microphoneOn };
  }
}

/** Draw a two-state tool: icon, word and pressed state. `icons` and `words` are [on, off]. */
export function switchTool(button, on, icons, words) {
  button.setAttribute("aria-pressed", String(on));
  button.classList.toggle("is-off", !on);
  setIcon(button, icons[on ? 0 : 1]);
  setText(button.querySelector(".tool-word"), t(words[on ? 0 : 1]));
}
