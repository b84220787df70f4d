/** The order of the meeting on this page: roll call, quorum, presence checks, votes, closed items, the rules of the room. */
import { byId, show } from "../dom.js";
import { PresencePrompt } from "./presence.js";
import { QuorumPanel } from "./quorum.js";
import { Results } from "./results.js";
import { RollPanel } from "./roll.js";
import { RulesPanel } from "./rules.js";
import { OrderSays } from "./says.js";
import { Strip } from "./strip.js";
import { Tabs } from "./tabs.js";
import { VoteCard } from "./vote_card.js";
import { VoteDesk } from "./vote_desk.js";
import { VoteForm } from "./vote_form.js";
import { VoteResult } from "./vote_result.js";

export class Order {
  constructor({ store, signal, people, panel, chimes }) {
    Object.assign(this, { store, panel });
    this.tabs = new Tabs();
    this.result = new VoteResult({ store });
    const parts = { store, signal, people, panel, chimes, result: this.result, tabs: this.tabs };
    this.roll = new RollPanel(parts);
    this.desk = new VoteDesk(parts);
    this.presence = new PresencePrompt(parts);
    this.says = new OrderSays(parts);
    this.shown = [new Strip(parts), this.presence, new VoteCard(parts), new Results(parts)];
    this.conducting = [this.roll, this.desk, new QuorumPanel(parts), new VoteForm(parts), new RulesPanel(parts)];
    document.addEventListener("keydown", (event) => this.key(event), { capture: true });
    panel.addEventListener("change", () => this.draw());
  }

  draw() {
    const { store } = this;
    if (!store.room || !store.me) return;
    for (const part of this.shown) part.draw();
    if (store.outside) this.result.close();
    for (const id of ["order", "set-order"]) show(byId(id), store.conducts);
    byId("order").setAttribute("aria-pressed", String(this.panel.view === "order"));
    this.count();
    if (this.panel.view === "order" && store.conducts) for (const part of this.conducting) part.draw();
    else if (this.panel.view === "order") this.panel.close();
  }

  /** Who waits to be let in stands at the button. */
  count() {
    const badge = byId("order").querySelector(".tool-count");
    const waiting = Object.values(this.store.room.peers).filter((peer) => peer.held).length;
    show(badge, waiting > 0);
    badge.textContent = waiting || "";
    byId("order").classList.toggle("has-hands", waiting > 0);
  }

  /** Once a second. */
  tick() {
    this.presence.tick();
  }

  tell(event) {
    this.says.tell(event);
  }

  /** Keys of the open tab come before those of the room: P marks a point as present, it does not open the people. */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || this.panel.view !== "order") return;
    if (event.target.closest("input, textarea, select, dialog[open]")) return;
    const keys = { roll: this.roll, votes: this.desk }[this.tabs.name]?.keys ?? {};
    const button = keys[event.code] && byId(keys[event.code]);
    if (!button) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // also when it can do nothing now: N after the last point must not open the notes
    if (!button.closest("[hidden]") && !button.disabled) button.click();
  }
}
