/** The bar at the head: agenda item, time passed and planned, connection; and the warnings before the planned end. */
import { forecastWords } from "./agenda_clock.js";
import { localText, serverNow, t } from "./boot.js";
import { byId, duration, setIcon, setText, show } from "./dom.js";
import { toast } from "./toasts.js";

const WARN_MINUTES = [5, 1];
export const ICONS = { good: "reception-4", fair: "reception-2", poor: "reception-1", lost: "reception-0" };

/** Show the own connection's quality in a sign and words. */
export function drawQuality(word) {
  const chip = byId("bar-quality");
  show(chip, true);
  chip.dataset.quality = word;
  setIcon(chip, ICONS[word]);
  setText(byId("quality-word"), t(`quality_${word}`));
  if (chip.matches("button")) chip.setAttribute("aria-label", t("connection_more", { word: t(`quality_${word}`) }));
}

export class Bar extends EventTarget {
  /** `ending` events come five minutes before the end, to whoever is concerned. */
  constructor(store) {
    super();
    Object.assign(this, { store, warned: new Set() });
  }

  draw() {
    const { store } = this;
    this.drawTitle(localText(store.room?.session.title));
    const item = store.phase === "live" ? store.agendaItem : null;
    setText(byId("bar-agenda"), item ? `${item.number}. ${item.title}` : localText(store.room?.session.description).split("\n")[0]);
    show(byId("bar-live"), store.phase === "live");
    this.tick();
  }

  /** The session may be renamed while it runs: the heading and the window's name follow. */
  drawTitle(title) {
    const heading = byId("bar-heading");
    if (!title || heading.textContent === title) return;
    document.title = document.title.replace(heading.textContent, () => title);
    setText(heading, title);
  }

  /** Once a second. */
  tick() {
    const { room, phase } = this.store;
    const running = phase === "live" && Boolean(room?.opened_at);
    show(byId("bar-clock"), running);
    show(byId("bar-forecast"), running && Boolean(forecastWords(room)));
    if (!running) return;
    setText(byId("bar-forecast"), forecastWords(room, false));
    const opened = Date.parse(room.opened_at);
    const ends = Date.parse(room.ends_at);
    const now = serverNow();
    setText(byId("clock-elapsed"), duration((now - opened) / 1000));
    setText(byId("clock-planned"), ` / ${duration((ends - opened) / 1000)}`);
    byId("bar-clock").classList.toggle("is-short", ends - now < 300_000);
    this.warn((ends - now) / 60_000, room.ends_at);
  }

  /** Five minutes and one minute before the end in force, once each, to those who steer or hold the floor. */
  warn(minutes, end) {
    const { store } = this;
    const concerned = store.steers || store.room.floor === store.me?.peer;
    for (const mark of WARN_MINUTES) {
      const key = `${end}:${mark}`;
      if (minutes > mark || minutes < mark - 0.5 || this.warned.has(key)) continue;
      this.warned.add(key);
      if (!concerned) continue;
      if (mark === WARN_MINUTES[0]) this.dispatchEvent(new Event("ending"));
      toast(mark === 1 ? t("one_minute_left") : t("minutes_left", { minutes: mark }), { look: "warn" });
    }
  }
}
