/** Opening a vote: what is voted on, how, by whom, with which majority. */
import { t } from "../boot.js";
import { byId, make, setText, show } from "../dom.js";

const WORDINGS = ["wording_agenda", "wording_decision", "wording_minutes", "wording_person", "wording_end"];

export class VoteForm {
  constructor({ store, signal }) {
    Object.assign(this, { store, signal });
    byId("vote-wording").append(...WORDINGS.map((key) => make("option", { value: key }, t(key))));
    byId("vote-wording").addEventListener("change", ({ target }) => this.wording(target));
    for (const id of ["vote-majority", "vote-unit"]) byId(id).addEventListener("change", () => this.drawRule());
    byId("vote-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.open();
    });
    this.drawRule();
  }

  wording(select) {
    if (!select.value) return;
    byId("vote-title").value = t(select.value);
    select.value = "";
    byId("vote-title").focus();
  }

  drawRule() {
    setText(byId("vote-rule"), t(`rule_${byId("vote-majority").value}`));
  }

  async open() {
    const value = (name) => byId(`vote-${name}`).value.trim();
    if (!value("title")) return this.refuse(t("vote_needs_title"));
    const quorum = Number(value("quorum"));
    if (!Number.isInteger(quorum) || quorum < 0) return this.refuse(t("whole_number"));
    const fields = { title: value("title"), kind: value("kind"), unit: value("unit"), majority: value("majority"), ...(quorum >= 1 && { quorum }) };
    try {
      await this.signal.command("start_vote", fields);
      byId("vote-title").value = "";
      this.refuse("");
    } catch (problem) {
      if (!problem.code) throw problem;
      this.refuse([problem.problem?.detail, problem.problem?.remedy].filter(Boolean).join(" ") || t("did_not_work"));
    }
  }

  refuse(text) {
    setText(byId("vote-note"), text);
    if (text) byId("vote-title").focus();
  }

  draw() {
    const { vote } = this.store.room;
    show(byId("vote-form"), !vote);
    byId("vote-start").disabled = this.store.phase !== "live";
  }
}
