/** A rehearsal: how many bots there are, and for whoever steers how they behave. */
import { t } from "./boot.js";
import { byId, setText, show } from "./dom.js";

export class Rehearsal {
  constructor({ store, people }) {
    this.store = store;
    byId("bots-mood").addEventListener("change", ({ target }) => people.order("set_bots", { mood: target.value }));
  }

  draw() {
    const { room, steers } = this.store;
    const count = Object.values(room.peers).filter((peer) => peer.via === "bot").length;
    setText(byId("bots-count"), t("bots_here", { count }));
    show(byId("bots-choice"), steers);
    byId("bots-mood").value = room.bots ?? "none";
  }
}
