/** The waiting room: own picture, how long until the start, who is here already. It opens by itself. */
import { boot, serverNow, t } from "./boot.js";
import { byId, clockTime, duration, make, refill, setText, show } from "./dom.js";
import { Picture } from "./picture.js";
import { setAvatar } from "./tile.js";

export class Lobby {
  constructor(store) {
    this.store = store;
    this.own = new Picture(byId("lobby-own"), byId("lobby-own").querySelector("video"));
  }

  /** Show or hide with the room's phase; `camera` is the own track or null. */
  draw(camera) {
    const { store } = this;
    const waiting = store.phase === "lobby" || store.outside;
    show(byId("lobby"), waiting);
    show(byId("stage"), !waiting);
    byId("floorplan").classList.toggle("is-lobby", waiting);
    if (!waiting) {
      this.own.showLocal(null);
      show(byId("open-now"), false);
      return;
    }
    show(byId("strip"), false);
    this.own.showLocal(camera);
    show(byId("lobby-own"), store.me?.via !== "control" && store.speaks);
    if (store.mine) setAvatar(byId("lobby-avatar"), store.label(store.mine));
    show(byId("open-now"), store.steers && !store.outside);
    setText(byId("lobby-when"), `${boot.when} · ${t("starts_at", { time: clockTime(store.room.session.starts_at) })}`);
    setText(byId("lobby-detail"), store.outside ? t(store.room.closed_item ? "closed_detail" : "outside_detail") : store.steers ? t("lobby_chair") : t("lobby_detail"));
    this.drawHere();
    this.tick();
  }

  /** Once a second. */
  tick() {
    if (this.store.outside) {
      show(byId("countdown"), false);
      return setText(byId("lobby-title"), t(this.store.room.closed_item ? "closed_title" : "outside_title"));
    }
    if (this.store.phase !== "lobby" || !this.store.room) return;
    const left = (Date.parse(this.store.room.session.starts_at) - serverNow()) / 1000;
    setText(byId("countdown"), left > 0 ? duration(left) : "");
    show(byId("countdown"), left > 0);
    setText(byId("lobby-title"), left > 0 ? t("lobby_title") : t("lobby_soon"));
  }

  drawHere() {
    const { store } = this;
    const names = new Map(store.others.map((peer) => [peer.peer, store.label(peer)]));
    setText(byId("lobby-count"), String(names.size));
    refill(byId("lobby-here"), [...names.values()].map((name) => make("li", { class: "chip" }, name)));
  }
}
