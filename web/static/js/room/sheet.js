/** What the officer says of the own room for the attendance sheet: headcount and representatives by name. */
import { t } from "./boot.js";
import { byId, setText } from "./dom.js";

export class Sheet {
  constructor({ signal, store }) {
    Object.assign(this, { signal, store, filled: false });
    byId("panel-sheet").addEventListener("submit", (event) => {
      event.preventDefault();
      this.save();
    });
    byId("panel-sheet").addEventListener("input", () => {
      this.filled = true; // what the person types is never overwritten by what the server knows
      this.note("");
    });
  }

  /** Fill in what is known already. */
  draw() {
    if (this.filled || !this.store.me) return;
    byId("sheet-count").value = this.store.me.headcount ?? "";
    byId("sheet-names").value = (this.store.me.representatives ?? []).join("\n");
  }

  async save() {
    const count = byId("sheet-count").value.trim();
    if (!/^\d*$/.test(count)) {
      this.refuse(t("count_wrong"));
      return;
    }
    const representatives = byId("sheet-names").value.split("\n").map((line) => line.trim()).filter(Boolean);
    try {
      await this.signal.command("set_headcount", { headcount: count === "" ? null : Number(count), representatives });
      this.note(t("saved"));
    } catch (problem) {
      if (!problem.code) throw problem;
      this.refuse(problem.problem?.detail || t("did_not_work"));
    }
  }

  refuse(text) {
    this.note(text, true);
  }

  note(text, wrong = false) {
    setText(byId("sheet-note"), text);
    byId("sheet-note").classList.toggle("is-wrong", wrong);
    byId("sheet-count").setAttribute("aria-invalid", String(wrong));
  }
}
