/** The agenda in the people panel: what is treated now, how long each item took, what comes, and when the meeting will end. */
import { forecastWords, itemElapsed } from "./agenda_clock.js";
import { localText, serverNow, t } from "./boot.js";
import { byId, icon, make, refill, setText, show } from "./dom.js";

export class Agenda {
  /** `papers`: what lists the documents of an item. */
  constructor({ store, people, papers }) {
    Object.assign(this, { store, people, papers });
    byId("agenda-next").addEventListener("click", () => people.order("next_agenda_item"));
    byId("agenda-back").addEventListener("click", () => people.order("previous_agenda_item"));
  }

  draw() {
    const { store } = this;
    const list = store.room?.session.agenda ?? [];
    show(byId("agenda-section"), list.length > 0);
    if (!list.length || !store.me) return;
    const leads = store.conducts && store.phase === "live";
    const index = store.room.agenda.index ?? 0;
    show(byId("agenda-acts"), leads);
    byId("agenda-back").disabled = index <= 0;
    byId("agenda-next").disabled = index >= list.length - 1;
    refill(byId("agenda-list"), list.map((item, place) => this.row(item, place, leads)));
    this.tick();
  }

  row(entry, place, leads) {
    const { phase, room } = this.store;
    const item = room.agenda.items?.[String(place)];
    const now = phase === "live" && place === (room.agenda.index ?? 0) && Boolean(item?.since);
    const done = Boolean(item?.closed_at);
    return make("li", { class: [now && "is-now", done && "is-done"].filter(Boolean).join(" "), "aria-current": now ? "step" : null, "data-item": place },
      make("div", { class: "agenda-words" }, make("span", {}, localText(entry.title)),
        make("span", { class: "agenda-time" }, done && make("span", { class: "agenda-tick" }, icon("check-lg"), t("item_done")), make("span", { class: "muted" }))),
      leads && make("div", { class: "acts" }, now ? this.button("close", place, "check-lg", t("item_close"), "close_item", {})
        : this.button("start", place, "play-fill", t("item_start", { title: localText(entry.title) }), "start_item", { index: place })),
      this.papers?.shelf.ofItem(place));
  }

  button(key, place, symbol, word, command, fields) {
    return make("button", {
      type: "button", class: "act", "data-key": `item:${place}`, "data-act": key, title: word, "aria-label": word,
      onclick: () => this.people.order(command, fields),
    }, icon(symbol));
  }

  /** Once a second: the minutes, and the forecast. */
  tick() {
    const { room } = this.store;
    if (!room || !this.store.me) return;
    for (const row of byId("agenda-list").children) this.drawMinutes(row, room);
    const words = this.store.phase === "live" ? forecastWords(room) : "";
    show(byId("agenda-forecast"), Boolean(words));
    setText(byId("agenda-forecast"), words);
  }

  drawMinutes(row, room) {
    const planned = room.session.agenda[Number(row.dataset.item)]?.minutes ?? 0;
    const spent = itemElapsed(room.agenda.items?.[row.dataset.item], serverNow());
    const over = spent > planned * 60;
    setText(row.querySelector(".muted"), spent ? t("minutes_of", { spent: Math.floor(spent / 60), minutes: planned }) : t("minutes", { minutes: planned }));
    row.classList.toggle("is-over", over);
  }
}
