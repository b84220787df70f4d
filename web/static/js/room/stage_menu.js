/**
 * What everybody sees, as those who conduct the session decide it: the arrangement, whom it names, the sign-language interpreter.
 * Choices are sent one after another, the latest alone; until that is answered this form shows what was chosen here, whatever
 * is heard of earlier choices meanwhile.
 */
import { boot, t } from "./boot.js";
import { byId, make, refill, setText, show } from "./dom.js";
import { NAMED, stageOf } from "./staging.js";

const NAMES = ["stage-one", "stage-two"];

export class StageMenu {
  constructor({ store, people, pictures }) {
    Object.assign(this, { store, people, pictures, chosen: null, asking: false }); // chosen: {mode, fields to send or null}
    byId("stage-mode").addEventListener("change", ({ target }) => this.choose(target.value));
    for (const id of NAMES) byId(id).addEventListener("change", () => this.send(byId("stage-mode").value));
    byId("stage-sign").addEventListener("change", ({ target }) => people.order("set_sign", { peer: target.value || null }));
    pictures.addEventListener("turned", ({ detail }) => this.turn(detail));
  }

  draw() {
    const { store } = this;
    const leads = store.conducts && store.phase !== "closed" && !store.outside;
    show(byId("stage-menu"), leads);
    show(byId("hall-section"), leads && !boot.token);
    if (!leads) return;
    const stage = stageOf(store.room);
    if (!this.asking && this.told !== JSON.stringify(stage)) this.chosen = null;
    this.told = JSON.stringify(stage);
    const mode = this.chosen?.mode ?? stage.mode;
    byId("stage-mode").value = mode;
    setText(byId("stage-now"), byId("stage-mode").selectedOptions[0].textContent);
    NAMES.forEach((id, place) => this.drawNames(byId(id), place, mode, stage));
    const interpreters = Object.values(store.room.peers).filter((peer) => peer.role === "interpreter");
    this.drawPeople(byId("stage-sign"), store.room.sign ?? "", [make("option", { value: "" }, t("nobody"))], [...interpreters, ...store.visible]);
  }

  drawNames(select, place, mode, stage) {
    show(select.closest("label"), place < (NAMED[mode] ?? 0));
    this.drawPeople(select, this.chosen ? select.value : stage.peers[place] ?? select.value, []);
  }

  drawPeople(select, value, first, people = this.store.visible) {
    const now = [...first.map((option) => option.value), ...people.map((peer) => `${peer.peer}=${this.store.label(peer)}`)].join();
    if (select.dataset.people !== now) refill(select, [...first, ...people.map((peer) => make("option", { value: peer.peer }, this.store.label(peer)))]);
    select.dataset.people = now;
    if (value !== "" || first.length) select.value = value;
  }

  /** An arrangement that names people begins with whoever is large now, and the chair. */
  choose(mode) {
    const people = this.store.visible.map((peer) => peer.peer);
    const likely = [this.store.room.floor, this.pictures.onStage?.peer, ...people].filter((peer) => people.includes(peer));
    const named = [...new Set(likely)].slice(0, NAMED[mode] ?? 0);
    NAMES.forEach((id, place) => named[place] && (byId(id).value = named[place]));
    return this.send(mode);
  }

  send(mode) {
    const count = NAMED[mode] ?? 0;
    const peers = NAMES.slice(0, count).map((id) => byId(id).value);
    for (const [place, id] of NAMES.entries()) show(byId(id).closest("label"), place < count);
    const whole = new Set(peers.filter(Boolean)).size === count; // else the second name is still to be chosen
    return this.decide(mode, whole ? { mode, ...(count ? { peers } : {}) } : null);
  }

  /** The page that the chair turns in a gallery is everybody's. */
  turn(page) {
    if (this.store.conducts) this.decide("gallery", { mode: "gallery", page });
  }

  async decide(mode, fields) {
    this.chosen = { mode, fields };
    if (this.asking) return;
    this.asking = true;
    let sent = null;
    while (this.chosen.fields && this.chosen !== sent) {
      sent = this.chosen;
      await this.people.order("set_stage", sent.fields);
    }
    this.asking = false;
    if (this.chosen === sent) this.chosen = null; // done or refused: the room's own arrangement again
    this.draw();
  }
}
