/**
 * This device's own camera, microphone and screen while in the room: switching, being muted by the chair, unplugging.
 * The tracks are the truth for what leaves this device; `set_media` tells the room.
 */
import { t } from "./boot.js";
import { onDeviceChange, openCamera, openMicrophone, openScreen, remember } from "./devices.js";
import { toast, toastProblem } from "./toasts.js";

/** The sentence for a DeviceProblem. */
export const deviceWords = (problem) => t(`${problem.kind}_${problem.code}`);

export class Own extends EventTarget {
  constructor({ signal, media, store }) {
    super();
    Object.assign(this, { signal, media, store, camera: false, microphone: false, screen: false, sending: 0, busy: new Set() });
    onDeviceChange(() => this.dispatchEvent(new Event("devices")));
  }

  /** Begin with what the pre-join page opened: tracks or null, and what shall be on. */
  begin({ camera, microphone, cameraOn, microphoneOn }) {
    Object.assign(this.media.tracks, { camera, microphone });
    Object.assign(this, { camera: Boolean(camera && cameraOn), microphone: Boolean(microphone && microphoneOn) });
    for (const track of [camera, microphone]) if (track) this.guard(track);
    if (microphone) microphone.enabled = this.microphone;
    this.changed();
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }

  /** What is switched on, for `join`. */
  get device() {
    return { camera: this.camera, microphone: this.microphone };
  }

  guard(track) {
    track.addEventListener("ended", () => this.unplugged(track));
  }

  /** A device went away: try the next one; when there is none, say so and go on without. */
  async unplugged(track) {
    const kind = Object.keys(this.media.tracks).find((name) => this.media.tracks[name] === track);
    if (kind === "screen") await this.stopScreen();
    else if (kind) await this.replace(kind, "");
  }

  /** Use another camera or microphone (`id` of the device; "": whichever there is). */
  async replace(kind, id) {
    const open = kind === "camera" ? openCamera : openMicrophone;
    const old = this.media.tracks[kind];
    if (kind === "camera") old?.stop(); // many cameras can be opened only once
    try {
      const track = await open(id);
      await this.take(kind, track);
      if (kind === "microphone") old?.stop();
      if (id) remember({ [kind]: id });
    } catch (problem) {
      if (!problem.kind) throw problem;
      await this.without(kind);
      toast(deviceWords(problem), { look: "warn" });
    }
  }

  async take(kind, track) {
    this.guard(track);
    if (kind === "camera") await this.media.setCamera(track);
    else {
      track.enabled = this.microphone;
      await this.media.setMicrophone(track);
    }
    this.changed();
  }

  async without(kind) {
    this[kind] = false;
    await (kind === "camera" ? this.media.setCamera(null) : this.media.setMicrophone(null));
    this.changed();
    this.tell();
  }

  /** Switch the microphone; without one it is looked for. */
  toggleMicrophone() {
    return this.once("microphone", async () => {
      const on = !this.microphone;
      if (on && !this.media.tracks.microphone) await this.replace("microphone", undefined);
      if (on && !this.media.tracks.microphone) return;
      this.setMicrophone(on);
      remember({ microphoneOff: !on });
      this.tell(); // not waited for: whoever presses again at once means it
    });
  }

  setMicrophone(on) {
    this.microphone = on;
    if (this.media.tracks.microphone) this.media.tracks.microphone.enabled = on;
    this.changed();
  }

  /** Switch the camera; off means the device is let go, so that its light goes out. */
  toggleCamera() {
    return this.once("camera", async () => {
      const on = !this.camera;
      if (on) await this.replace("camera", undefined);
      else {
        this.media.tracks.camera?.stop();
        await this.media.setCamera(null);
      }
      this.camera = on && Boolean(this.media.tracks.camera);
      remember({ cameraOff: !on });
      this.changed();
      this.tell();
    });
  }

  toggleScreen() {
    return this.once("screen", () => (this.screen ? this.stopScreen() : this.startScreen()));
  }

  async startScreen() {
    const track = await openScreen();
    if (!track) return;
    try {
      await this.signal.command("start_screen");
    } catch (problem) {
      track.stop();
      throw problem;
    }
    this.guard(track);
    this.screen = true;
    await this.media.startScreen(track);
    this.changed();
  }

  async stopScreen() {
    this.screen = false;
    this.changed();
    await this.media.stopScreen();
    if (this.store.room?.screen === this.store.me?.peer) await this.signal.command("stop_screen");
  }

  /** Tell the room what is on. Until the answer is here, the room's word about it is older than ours. */
  async tell() {
    this.sending += 1;
    try {
      await this.signal.command("set_media", this.device);
    } catch (problem) {
      toastProblem(problem);
    } finally {
      this.sending -= 1;
    }
  }

  /** The room's word: the chair may have muted us, or ended our screen. */
  obey() {
    const mine = this.store.mine;
    if (!mine || this.sending) return;
    if (!mine.microphone && this.microphone) {
      this.setMicrophone(false);
      if (mine.muted) toast(t("you_were_muted"), { look: "warn" });
    }
    if (this.screen && !this.busy.has("screen") && this.store.room.screen !== mine.peer) this.stopScreen();
  }

  /** Run `act` unless the same is already under way; what the server refuses is told to the person. */
  async once(what, act) {
    if (this.busy.has(what)) return;
    this.busy.add(what);
    try {
      await act();
    } catch (problem) {
      if (problem.kind) toast(deviceWords(problem), { look: "warn" });
      else if (problem.code) toastProblem(problem);
      else throw problem;
    } finally {
      this.busy.delete(what);
    }
  }
}
