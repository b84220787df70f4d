/** What came out of a vote, on everybody's screen, and again from the list of earlier votes. */
import { t } from "../boot.js";
import { byId, make, refill, setText, show } from "../dom.js";
import { voterName } from "./voters.js";

const CHOICES = ["yes", "no", "abstain"];
const countWord = (choice) => t(choice === "abstain" ? "abstained" : `choice_${choice}`); // the button says "abstain", the result "abstained"
const STAYS_MS = 60_000;

export class VoteResult {
  constructor({ store }) {
    this.store = store;
    byId("vote-result-close").addEventListener("click", () => this.close());
  }

  close() {
    clearTimeout(this.timer);
    show(byId("vote-result"), false);
  }

  /** Show a vote that is over; `stays`: until it is closed by hand. */
  show(vote, stays = false) {
    clearTimeout(this.timer);
    if (!stays) this.timer = setTimeout(() => this.close(), STAYS_MS);
    const { store } = this;
    setText(byId("vote-result-kind"), t(`vote_kind_${vote.kind}`));
    setText(byId("vote-result-title"), vote.title);
    setText(byId("vote-result-outcome"), t(`outcome_${vote.outcome}`));
    byId("vote-result").dataset.outcome = vote.outcome;
    const counted = vote.outcome !== "cancelled";
    refill(byId("vote-result-counts"), counted ? CHOICES.map((choice) => make("div", { class: `choice-${choice}` },
      make("dt", {}, countWord(choice)), make("dd", {}, String(vote.counts[choice] ?? 0)))) : []);
    setText(byId("vote-result-rule"), counted ? t(`rule_${vote.majority}`) : "");
    refill(byId("vote-result-who"), counted ? this.who(store, vote) : []);
    show(byId("vote-result"), true);
  }

  who(store, vote) {
    const names = (voters) => voters.map((voter) => voterName(store, voter)).join(", ");
    const lines = CHOICES.map((choice) => [countWord(choice), Object.keys(vote.cast).filter((voter) => vote.cast[voter] === choice)]);
    const absent = vote.absent.filter((voter) => !vote.lost.includes(voter));
    const silent = vote.voters.filter((voter) => !vote.voted.includes(voter) && !vote.absent.includes(voter));
    const missing = [[t("did_not_vote"), silent], [t("were_absent"), absent], [t("line_lost"), vote.lost]];
    const list = [...lines, ...missing].filter(([, voters]) => voters.length);
    if (!list.length) return [];
    return [make("details", {}, make("summary", {}, t(vote.kind === "secret" ? "who_did_not" : "who_chose_what")),
      make("dl", { class: "who" }, list.flatMap(([word, voters]) => [make("dt", {}, `${word} (${voters.length})`), make("dd", {}, names(voters))])))];
  }
}
