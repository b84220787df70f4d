/**
 * The wall screen of a hall: no controls, nothing to click. It comes in by itself, turns the pages of small pictures by itself,
 * and comes back by itself. `?screen=1` and `?screen=2` divide the small pictures between two screens.
 */
import { forecastWords, itemElapsed } from "./agenda_clock.js";
import { boot, serverNow, t } from "./boot.js";
import { byId, clockTime, duration, setText, show } from "./dom.js";
import { showOver } from "./over.js";
import { freshToken, windowMemory } from "./tokens.js";
import { Viewer } from "./viewer.js";

const TURN_MS = 15_000;
const AGAIN_MS = 30_000;

class Hall extends Viewer {
  constructor() {
    const [way] = boot.ways;
    super({
      token: () => (boot.token ? Promise.resolve(boot.token) : freshToken({ role: way.role, point: way.point ?? "", name: boot.name })),
      memory: windowMemory(`.wall${boot.screen}`), hello: () => ({ device: { camera: false, microphone: false }, via: "wall" }),
      connections: ["subscribe", "wall"],
    });
    this.sounds.muted = !boot.sound; // the hall's own PC usually plays it
    setInterval(() => this.turnAround(), TURN_MS);
  }

  start() {
    super.start();
    this.stayAwake();
    document.addEventListener("visibilitychange", () => this.stayAwake());
  }

  /** The screen must not go dark; a browser that cannot promise that is left alone. */
  async stayAwake() {
    if (document.visibilityState !== "visible") return;
    try {
      await navigator.wakeLock?.request("screen");
    } catch (problem) {
      if (!(problem instanceof DOMException)) throw problem;
    }
  }

  draw() {
    super.draw();
    this.drawStrip();
    this.drawWaiting();
  }

  second() {
    super.second();
    this.drawStrip();
    this.drawWaiting();
  }

  /** The agenda at the foot: the present item, its minutes, and when the meeting will end. */
  drawStrip() {
    const { store } = this;
    const item = store.phase === "live" ? store.agendaItem : null;
    show(byId("hall-strip"), Boolean(item));
    if (!item) return;
    const spent = itemElapsed(store.room.agenda.items?.[String(item.number - 1)], serverNow());
    setText(byId("hall-item"), `${item.number}. ${item.title}`);
    setText(byId("hall-minutes"), t("minutes_of", { spent: Math.floor(spent / 60), minutes: item.minutes }));
    setText(byId("hall-forecast"), forecastWords(store.room));
  }

  drawWaiting() {
    const { store } = this;
    if (!store.room || !store.me) return;
    const waiting = store.phase === "lobby" || store.outside;
    show(byId("hall-wait"), waiting);
    if (!waiting) return;
    const left = (Date.parse(store.room.session?.starts_at ?? boot.starts_at) - serverNow()) / 1000;
    setText(byId("hall-title"), store.outside ? t(store.room.closed_item ? "closed_title" : "outside_title") : left > 0 ? t("lobby_title") : t("lobby_soon"));
    setText(byId("hall-countdown"), !store.outside && left > 0 ? duration(left) : "");
    setText(byId("hall-when"), t("starts_at", { time: clockTime(boot.starts_at) }));
  }

  /** Pages of small pictures, where not all fit, come round; a page that the chair has turned to stays. */
  turnAround() {
    const { pictures } = this;
    if (pictures.pages > 1 && pictures.staged.mode !== "gallery") pictures.turn(pictures.page + 1 < pictures.pages ? 1 : -pictures.page);
  }

  /** Nobody stands here with a mouse: whatever may come back is tried again. */
  over(reason, problem) {
    super.over(reason, problem);
    if (reason !== "ended" && reason !== "removed") setTimeout(() => location.reload(), AGAIN_MS);
  }
}

document.body.dataset.phase = "start";
if (boot.over) showOver("ended");
else new Hall().start();
