/** What the events of the meeting's order mean to this reader: a notice, and a word for screen readers where a card appears. */
import { t } from "../boot.js";
import { byId, setText } from "../dom.js";
import { toast } from "../toasts.js";
import { ownVoters } from "./state.js";

export class OrderSays {
  constructor({ store, result, panel, tabs, chimes }) {
    Object.assign(this, { store, result, panel, tabs, chimes });
  }

  /** Speak about one event of the log, after its patch was applied. */
  tell({ type, data }) {
    const speak = this[type];
    if (speak && !this.store.outside) speak.call(this, data);
  }

  aloud(text) {
    setText(byId("order-says"), text);
  }

  /** Something is asked of this very page: said, and heard. */
  ask(text) {
    this.aloud(text);
    this.chimes.play("asked");
  }

  get speaksFor() {
    return this.store.speaks ? this.store.me.point : null;
  }

  roll_started() {
    toast(t("roll_started"));
  }

  point_called({ point }) {
    if (point === this.speaksFor) this.ask(t("roll_you"));
  }

  roll_ended() {
    toast(t("roll_over"));
  }

  quorum_changed({ has, need, reached }) {
    const all = this.store.room.session.points.length;
    const word = reached ? "quorum_reached" : this.reached ? "quorum_lost" : "quorum_is_not"; // what never was is not lost
    toast(t(word, { has, need, all }), { look: reached ? "good" : "bad" });
    this.reached = reached;
  }

  presence_check_started({ points }) {
    if (points.includes(this.speaksFor)) this.ask(t("presence_asked"));
  }

  presence_check_ended({ missing }) {
    const { store } = this;
    if (!store.conducts) return;
    const names = missing.map((slug) => store.nameOfPoint(slug)).join(", ");
    if (missing.length) toast(t("check_unanswered", { count: missing.length, names }), { look: "warn", stay: true });
    else toast(t("check_everybody"), { look: "good" });
  }

  vote_opened({ title }) {
    this.result.close();
    const may = ownVoters(this.store, this.store.room.vote ?? { voters: [] }).length > 0;
    if (may) this.ask(t("vote_opened", { title }));
    else this.aloud(t("vote_opened", { title }));
  }

  voter_called({ voter }) {
    if (voter === this.speaksFor || voter === this.store.me.peer) this.ask(t("vote_you"));
  }

  vote_closed({ vote, outcome }) {
    const over = this.store.room.votes.find((each) => each.vote === vote);
    if (!over) return;
    this.result.show(over);
    this.aloud(t("vote_over", { title: over.title, outcome: t(`outcome_${outcome}`) }));
  }

  vote_cancelled() {
    toast(t("vote_cancelled"), { look: "warn" });
  }

  peer_joined({ peer, held }) {
    const waiting = held && this.store.conducts ? this.store.peer(peer) : null;
    if (waiting) toast(t("somebody_waits", { name: this.store.label(waiting) }), { act: { word: t("see_who"), run: () => this.openRules() } });
  }

  openRules() {
    this.tabs.open("rules");
    this.panel.open("order");
  }

  /** Who is cut off is told without points, and sees it on the page itself. */
  doors_closed(data) {
    if ("points" in data) toast(t("doors_closed"), { look: "bad" });
  }

  doors_opened() {
    toast(t("doors_opened"), { look: "good" });
  }

  peers_held({ peers }) {
    if (this.store.conducts) toast(t("were_held", { count: peers.length }));
  }
}
