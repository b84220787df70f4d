/** The voter's large card: yes, no or abstain, confirmed by a second press; for the own point and those it represents. */
import { t } from "../boot.js";
import { byId, icon, make, redraw, setText, show } from "../dom.js";
import { toastProblem } from "../toasts.js";
import { ownVoters } from "./state.js";
import { voterName } from "./voters.js";

const CHOICES = { yes: "hand-thumbs-up", no: "hand-thumbs-down", abstain: "dash-lg" };

export class VoteCard {
  constructor({ store, signal }) {
    Object.assign(this, { store, signal });
    this.chosen = new Map(); // voter → choice pressed and not confirmed yet
    this.cast = new Map(); // voter → what this page sent; nobody else is told before the end
    this.vote = null;
  }

  draw() {
    const { store } = this;
    const { vote } = store.room;
    const voters = vote && !store.outside ? ownVoters(store, vote) : [];
    if (vote?.vote !== this.vote) this.begin(vote);
    show(byId("ask-vote"), voters.length > 0);
    if (!voters.length) return redraw(byId("ask-vote-rows"), []);
    setText(byId("ask-vote-kind"), t(`vote_kind_${vote.kind}`));
    setText(byId("ask-vote-title"), vote.title);
    setText(byId("ask-vote-progress"), t("vote_progress", { done: vote.voted.length, all: vote.voters.length }));
    redraw(byId("ask-vote-rows"), voters.map((voter) => this.row(vote, voter, voters.length > 1)));
  }

  begin(vote) {
    this.vote = vote?.vote ?? null;
    this.chosen.clear();
    this.cast.clear();
  }

  row(vote, voter, named) {
    const done = vote.voted.includes(voter) || this.cast.has(voter);
    const chosen = this.chosen.get(voter);
    const name = named ? make("h3", {}, voterName(this.store, voter)) : null;
    const body = chosen === undefined && done ? this.after(vote, voter) : chosen ? this.confirm(voter, chosen) : this.buttons(vote, voter);
    return make("div", { class: "ballot", role: "group", "aria-label": voterName(this.store, voter) }, name, body);
  }

  buttons(vote, voter) {
    const waits = vote.kind === "roll_call" && vote.current !== voter;
    const button = ([choice, symbol]) => make("button", {
      type: "button", class: `btn btn-choice choice-${choice}`, "data-key": `choose:${voter}:${choice}`, disabled: waits, onclick: () => this.choose(voter, choice),
    }, icon(symbol), make("span", {}, t(`choice_${choice}`)));
    return [waits && make("p", {}, t("vote_wait_call")), make("div", { class: "choices" }, Object.entries(CHOICES).map(button))];
  }

  choose(voter, choice) {
    this.chosen.set(voter, choice);
    this.draw();
    byId("ask-vote").querySelector(`[data-key="${CSS.escape(`confirm:${voter}`)}"]`)?.focus();
  }

  confirm(voter, choice) {
    return [make("p", { class: `your-choice choice-${choice}` }, icon(CHOICES[choice]), make("strong", {}, t("your_choice", { choice: t(`choice_${choice}`) }))),
      make("div", { class: "halves" },
        make("button", { type: "button", class: "btn btn-quiet", "data-key": `back:${voter}`, onclick: () => this.back(voter) }, t("choose_again")),
        make("button", { type: "button", class: "btn btn-warm", "data-key": `confirm:${voter}`, onclick: () => this.send(voter, choice) }, icon("check-lg"), t("confirm_choice")))];
  }

  back(voter) {
    this.chosen.delete(voter);
    if (this.store.room.vote?.voted.includes(voter) || this.cast.has(voter)) this.chosen.set(voter, "");
    this.draw();
    byId("ask-vote").querySelector(".btn-choice")?.focus();
  }

  async send(voter, choice) {
    const { me, room } = this.store;
    const before = this.cast.get(voter);
    this.chosen.delete(voter);
    this.cast.set(voter, choice);
    this.draw();
    const own = room.vote?.unit === "point" ? me.point : me.peer;
    try {
      await this.signal.command("cast_vote", { choice, ...(voter !== own && { voter }) });
    } catch (problem) {
      if (!problem.code) throw problem;
      if (before) this.cast.set(voter, before);
      else this.cast.delete(voter);
      toastProblem(problem);
    }
    this.draw();
  }

  after(vote, voter) {
    const choice = this.cast.get(voter) ?? vote.cast[voter];
    const words = choice && vote.kind !== "secret" ? t("you_voted", { choice: t(`choice_${choice}`) }) : t("vote_is_taken");
    const change = vote.kind !== "secret" && make("button", {
      type: "button", class: "btn btn-quiet", "data-key": `change:${voter}`, onclick: () => this.change(voter) }, t("change_choice"));
    return make("div", { class: "row-between voted" }, make("p", {}, icon("check-circle-fill"), make("span", {}, words)), change);
  }

  change(voter) {
    this.chosen.set(voter, "");
    this.draw();
    byId("ask-vote").querySelector(".btn-choice")?.focus();
  }
}
