/** The strip under the head that everybody sees: a citizen's question, a closed item, the roll call's progress, the quorum. */
import { t } from "../boot.js";
import { interpretationChip } from "../channels/chip.js";
import { byId, icon, make, redraw, show } from "../dom.js";
import { questionHead } from "../questions/words.js";
import { invited, pointsHere, rollOn } from "./state.js";

export class Strip {
  constructor({ store }) {
    this.store = store;
  }

  draw() {
    const { store } = this;
    const parts = store.phase === "live" ? [this.question(), this.doors(), this.roll(), this.vote(), this.quorum(), this.microphones(), interpretationChip(store)].filter(Boolean) : [];
    document.body.dataset.doors = store.room?.closed_item && store.phase === "live" && !store.outside ? "closed" : "open";
    document.body.dataset.outside = String(store.outside);
    redraw(byId("order-strip"), parts);
    show(byId("order-strip"), parts.length > 0);
  }

  chip(look, symbol, text) {
    return make("p", { class: `strip-chip strip-${look}` }, icon(symbol), make("span", {}, text));
  }

  /** What is being answered now. */
  question() {
    const { question } = this.store.room;
    if (!question) return null;
    return make("p", { class: "strip-chip strip-question" }, icon("chat-left-text"), make("span", {}, make("b", {}, questionHead(question)), ` ${question.text}`));
  }

  doors() {
    const { closed_item: closed } = this.store.room;
    if (!closed || this.store.outside) return null;
    return this.chip("closed", "lock-fill", closed.points ? t("closed_some", { count: closed.points.length }) : t("closed_all"));
  }

  roll() {
    const { store } = this;
    if (!rollOn(store.room)) return null;
    const { current, marks } = store.room.roll;
    const done = Object.keys(marks).length;
    const all = invited(store.room).length;
    if (current && current === store.me?.point && store.speaks && !marks[current]) return this.chip("called", "megaphone-fill", t("roll_you"));
    const name = current ? store.nameOfPoint(current) : "";
    return this.chip("roll", "list-check", current ? t("roll_progress", { name, done, all }) : t("roll_progress_none", { done, all }));
  }

  vote() {
    const { vote } = this.store.room;
    if (!vote) return null;
    return this.chip("vote", "check2-square", t("vote_progress", { done: vote.voted.length, all: vote.voters.length }));
  }

  /** Who may not speak now is told, for the own microphone looks the same as ever. */
  microphones() {
    const { store } = this;
    if (!store.mine || !store.sends(store.mine) || store.maySpeak) return null;
    return this.chip("quiet", "mic-mute-fill", t("speak_not_now"));
  }

  quorum() {
    const { quorum } = this.store.room;
    if (!quorum) return null;
    const has = pointsHere(this.store).length;
    const look = has >= quorum.need ? "good" : "bad";
    return this.chip(look, look === "good" ? "people-fill" : "exclamation-triangle-fill", t(`quorum_${look}`, { has, need: quorum.need }));
  }
}
