/** What the meeting has found so far, in the people panel of everybody: the roll call's result, the votes. */
import { t } from "../boot.js";
import { byId, make, redraw, setText, show } from "../dom.js";
import { markWords } from "./roll.js";
import { invited } from "./state.js";

export class Results {
  constructor({ store, result }) {
    Object.assign(this, { store, result });
  }

  draw() {
    this.drawRoll();
    this.drawVotes();
  }

  drawRoll() {
    const { store } = this;
    const { roll } = store.room;
    show(byId("roll-section"), Boolean(roll));
    if (!roll) return;
    const count = (mark) => Object.values(roll.marks).filter((each) => each.mark === mark).length;
    const values = { present: count("present"), absent: count("absent"), represented: count("represented") };
    setText(byId("roll-result-count"), t("roll_count", { done: Object.keys(roll.marks).length, all: invited(store.room).length }));
    setText(byId("roll-result"), t("roll_result", values));
    const special = invited(store.room).filter((slug) => roll.marks[slug] && roll.marks[slug].mark !== "present");
    redraw(byId("roll-result-list"), special.map((slug) => make("li", { class: "person" }, make("div", { class: "person-name" },
      make("strong", {}, store.nameOfPoint(slug)), make("span", {}, markWords(store, roll.marks[slug]))))));
  }

  drawVotes() {
    const votes = this.store.room.votes ?? [];
    show(byId("votes-section"), votes.length > 0);
    setText(byId("votes-count"), String(votes.length));
    redraw(byId("votes-list"), votes.map((vote) => make("li", {}, make("button", {
      type: "button", "data-key": `vote:${vote.vote}`, onclick: () => this.result.show(vote, true),
    }, make("span", {}, vote.title), make("strong", { class: `outcome-word is-${vote.outcome}` }, t(`outcome_${vote.outcome}`))))));
  }
}
