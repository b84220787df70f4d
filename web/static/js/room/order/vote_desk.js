/** A vote under way, for those who conduct: who has voted, calling voter after voter, closing, breaking off. */
import { t } from "../boot.js";
import { bringUp, byId, confirmAct, icon, make, redraw, setText, show } from "../dom.js";
import { toastProblem } from "../toasts.js";
import { nextVoter } from "./state.js";
import { voterName } from "./voters.js";

const CHOICES = { yes: "hand-thumbs-up", no: "hand-thumbs-down", abstain: "dash-lg" };

export class VoteDesk {
  constructor({ store, people, signal }) {
    Object.assign(this, { store, people, signal });
    byId("voter-next").addEventListener("click", () => this.next());
    byId("vote-close").addEventListener("click", () => this.close());
    byId("vote-cancel").addEventListener("click", () => this.cancel());
  }

  get keys() {
    return this.store.room?.vote?.kind === "roll_call" ? { KeyN: "voter-next" } : {};
  }

  next() {
    const voter = nextVoter(this.store.room.vote);
    return voter && this.people.order("call_voter", { voter });
  }

  /** Count. Voters whose line is lost are named first; the vote goes on without them only when that is confirmed. */
  async close() {
    try {
      await this.signal.command("close_vote");
    } catch (problem) {
      if (!problem.code) throw problem;
      const lost = problem.problem?.lost;
      if (!lost?.length) return toastProblem(problem);
      const names = lost.map((voter) => voterName(this.store, voter)).join(", ");
      if (await confirmAct(t("vote_lost_question"), t("vote_lost_detail", { names }), t("vote_lost_do")))
        await this.people.order("close_vote", { confirm: true });
    }
  }

  async cancel() {
    if (await confirmAct(t("vote_cancel_question"), t("vote_cancel_detail"), t("vote_cancel_do"))) await this.people.order("cancel_vote");
  }

  draw() {
    const { vote } = this.store.room;
    show(byId("vote-desk"), Boolean(vote));
    if (!vote) return;
    setText(byId("vote-desk-title"), vote.title);
    setText(byId("vote-progress"), t("vote_progress", { done: vote.voted.length, all: vote.voters.length }));
    setText(byId("vote-waits"), vote.kind === "secret" ? t("vote_secret_note") : t(`rule_${vote.majority}`));
    show(byId("voter-next"), vote.kind === "roll_call");
    byId("voter-next").disabled = !nextVoter(vote);
    redraw(byId("vote-voters"), vote.voters.map((voter) => this.row(vote, voter)));
    bringUp(byId("vote-voters"));
  }

  row(vote, voter) {
    const done = vote.voted.includes(voter);
    const name = voterName(this.store, voter);
    const current = vote.current === voter;
    const sign = done ? CHOICES[vote.cast[voter]] ?? "check-lg" : "hourglass-split";
    const word = done ? t(vote.cast[voter] ? `choice_${vote.cast[voter]}` : "has_voted") : t("has_not_voted");
    const face = [make("span", { class: `mark mark-${done ? "present" : "none"}` }, icon(sign)), make("span", { class: "mark-name" }, name),
      make("span", { class: "mark-word" }, word)];
    const call = () => this.people.order("call_voter", { voter });
    const body = vote.kind === "roll_call" ? make("button", { type: "button", "data-key": `voter:${voter}`, onclick: call }, face)
      : make("span", { class: "mark-row" }, face);
    return make("li", { class: current ? "is-now" : "", "aria-current": current ? "step" : null }, body, current && this.choices(voter, name));
  }

  /** What the voter who was called has said aloud. */
  choices(voter, name) {
    const button = ([choice, symbol]) => make("button", {
      type: "button", class: "btn", "data-key": `record:${voter}:${choice}`, "aria-label": `${name}: ${t(`choice_${choice}`)}`,
      onclick: () => this.people.order("record_vote", { voter, choice }),
    }, icon(symbol), t(`choice_${choice}`));
    return make("div", { class: "thirds" }, Object.entries(CHOICES).map(button));
  }
}
