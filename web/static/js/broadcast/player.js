/**
 * The player of a broadcast: an ordinary <video>, fed by the browser itself or, where it cannot, by hls.js. What is chosen
 * (picture, sound, from where) is in the playlist's address, so that both ways offer the same.
 *
 * `change` events: another choice, or another state (`waiting`, `stuck`, `over`, `full`: all places are taken).
 */
import { Presence } from "./presence.js";

const SAVED = "liaison.broadcast";
const STUCK_MS = 8000;
const AGAIN_MS = 3000;
/** A server that is away for some seconds is asked again and again, also when nobody answers at all; what is not there is not. */
const ERROR_RETRY = {
  maxNumRetry: 12,
  retryDelayMs: 500,
  maxRetryDelayMs: 1000,
  shouldRetry: ({ maxNumRetry }, count, _timeout, answer, retry) => count < maxNumRetry && (retry || answer?.code === 0),
};
const TIMEOUT_RETRY = { maxNumRetry: 4, retryDelayMs: 0, maxRetryDelayMs: 0 };
const PATIENCE = { default: { maxTimeToFirstByteMs: 10_000, maxLoadTimeMs: 60_000, timeoutRetry: TIMEOUT_RETRY, errorRetry: ERROR_RETRY } };
const BEHIND_S = 30; // so far behind the newest counts as gone back
const LATEST_S = 20; // whoever watches what is on now is brought to it again when stalls have added up to so much

export const QUALITIES = ["auto", "v720", "v360", "sound"];

export class Player extends EventTarget {
  constructor(video, { url, hls, ended, counted, state }) {
    super();
    const saved = JSON.parse(localStorage.getItem(SAVED) ?? "{}");
    Object.assign(this, { video, url, script: hls, ended, quality: QUALITIES.includes(saved.quality) ? saved.quality : "auto", sound: "sound", whole: ended, captions: saved.captions ?? "" });
    this.full = state.full;
    this.presence = new Presence(counted ? url : null, { plays: () => (video.paused ? null : this.choice), refused: () => this.shutOut() });
    for (const name of ["waiting", "stalled"]) video.addEventListener(name, () => this.waits());
    for (const name of ["playing", "timeupdate"]) video.addEventListener(name, () => this.flows());
    video.addEventListener("error", () => this.again());
    for (const name of ["seeking", "pause"]) video.addEventListener(name, () => this.leaves(name));
    video.addEventListener("ended", () => this.tell({ over: true }));
  }

  tell(values = {}) {
    Object.assign(this, values);
    this.dispatchEvent(new Event("change"));
  }

  get address() {
    return `${this.url}/${this.whole ? "whole" : "live"}-${this.quality}-${this.sound}.m3u8`;
  }

  /** Whether the browser plays playlists without help. Where it has Media Source Extensions, hls.js knows more of what goes wrong. */
  get native() {
    return !("MediaSource" in window) && this.video.canPlayType("application/vnd.apple.mpegurl") !== "";
  }

  get choice() {
    return { quality: this.quality, sound: this.sound };
  }

  // ---------------------------------------------------------------- choices

  async choose(values) {
    const at = values.whole === undefined ? this.moment : null;
    Object.assign(this, values);
    this.save();
    await this.load(at);
  }

  save() {
    localStorage.setItem(SAVED, JSON.stringify({ quality: this.quality, captions: this.captions }));
  }

  /** Captions in this language; "" for none. Nothing is loaded anew. */
  caption(language) {
    this.captions = language;
    this.save();
    this.showCaptions();
  }

  /** hls.js has tracks of its own; a browser that plays by itself lists them at the picture. */
  showCaptions() {
    const index = this.hls ? this.hls.subtitleTracks.findIndex(({ lang }) => lang === this.captions) : -1;
    if (this.hls) Object.assign(this.hls, { subtitleTrack: index, subtitleDisplay: index >= 0 });
    else for (const track of this.video.textTracks) track.mode = track.language === this.captions ? "showing" : "disabled";
  }

  fromTheBeginning() {
    return this.choose({ whole: true });
  }

  backToLive() {
    return this.choose({ whole: this.ended });
  }

  /** A recording's moment, in seconds from its beginning. */
  async goTo(seconds) {
    this.whole = true;
    await this.load(seconds); // not before its playlist is there: what is set earlier is lost
    await this.play();
  }

  /** Where somebody is, so that another choice goes on there: seconds from the beginning, or null for the newest. */
  get moment() {
    return this.whole || this.behind > BEHIND_S ? this.video.currentTime : null;
  }

  /** Seconds from the camera to this screen, as far as the playlist tells; null where the browser plays it by itself. */
  get delay() {
    return this.hls?.playingDate ? (Date.now() - this.hls.playingDate.getTime()) / 1000 : null;
  }

  /** Seconds behind the newest that could be seen. */
  get behind() {
    const { seekable, currentTime } = this.video;
    return this.ended || !seekable.length ? 0 : Math.max(0, seekable.end(seekable.length - 1) - currentTime);
  }

  /** Whoever pauses or goes back stays there, and is not brought to what is on now. */
  leaves(how) {
    if (this.hls && (how === "pause" || this.behind > LATEST_S)) this.hls.config.liveMaxLatencyDuration = Infinity;
  }

  // ---------------------------------------------------------------- loading

  async load(at = null) {
    const playing = !this.video.paused;
    clearTimeout(this.timer);
    if (!(await this.presence.enter(this.choice))) {
      this.shutOut();
      return;
    }
    this.tell({ stuck: false, over: false, full: false });
    this.hls?.destroy();
    this.hls = null;
    if (this.native) {
      this.video.src = this.address;
      this.video.addEventListener("loadedmetadata", () => this.showCaptions(), { once: true });
    } else await this.attach(at);
    if (at !== null) this.video.addEventListener("loadedmetadata", () => (this.video.currentTime = at), { once: true });
    else if (this.whole) this.video.addEventListener("loadedmetadata", () => (this.video.currentTime = 0), { once: true });
    if (playing || this.started) await this.play();
  }

  /** All places are taken: nothing is fetched any more. */
  shutOut() {
    this.video.pause();
    this.hls?.destroy();
    this.hls = null;
    this.video.removeAttribute("src");
    this.tell({ stuck: false, full: true });
  }

  async attach(at = null) {
    await library(this.script);
    const { Hls } = window;
    const hls = new Hls({ enableWorker: false, backBufferLength: 60, maxBufferLength: 20, liveSyncDuration: 3, liveMaxLatencyDuration: this.whole || at !== null ? Infinity : LATEST_S, startPosition: at ?? (this.whole ? 0 : -1), playlistLoadPolicy: PATIENCE, fragLoadPolicy: PATIENCE });
    hls.on(Hls.Events.ERROR, (_event, { fatal, type }) => {
      if (!fatal) return;
      if (type === Hls.ErrorTypes.MEDIA_ERROR) hls.recoverMediaError();
      else this.again();
    });
    hls.on(Hls.Events.SUBTITLE_TRACKS_UPDATED, () => this.showCaptions());
    hls.loadSource(this.address);
    hls.attachMedia(this.video);
    this.hls = hls;
  }

  /** With sound if the browser lets us, else at least the picture; then a press switches the sound on. */
  async play() {
    if (this.full) return;
    this.started = true;
    try {
      await this.video.play();
    } catch (problem) {
      if (problem.name !== "NotAllowedError") return;
      this.video.muted = true;
      await this.video.play().catch(() => null);
    }
    this.tell();
  }

  // ---------------------------------------------------------------- trouble

  waits() {
    clearTimeout(this.stuckTimer);
    this.stuckTimer = setTimeout(() => !this.video.paused && this.tell({ stuck: true }), STUCK_MS);
  }

  flows() {
    clearTimeout(this.stuckTimer);
    if (this.stuck) this.tell({ stuck: false });
  }

  again() {
    this.tell({ stuck: true });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.load(this.moment), AGAIN_MS);
  }
}

let loading;

function library(address) {
  if (window.Hls) return Promise.resolve();
  loading ??= new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: address, onload: resolve });
    script.addEventListener("error", () => {
      loading = undefined;
      reject(new Error("the player could not be loaded"));
    });
    document.head.append(script);
  });
  return loading;
}
