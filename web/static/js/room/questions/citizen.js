/** A citizen speaks from our hall: what the citizen asks is typed or chosen here, and the point goes on the list of speakers with it. */
import { boot, t } from "../boot.js";
import { byId, make, setText, show } from "../dom.js";
import { toastProblem } from "../toasts.js";
import { questionHead } from "./words.js";

const SHORTEST = 5;

export class CitizenDialog {
  constructor({ store, signal, people }) {
    Object.assign(this, { store, signal, people });
    for (const id of ["citizen", "ask-citizen"]) byId(id).addEventListener("click", () => this.open());
    byId("citizen-back").addEventListener("click", () => byId("citizen-dialog").close());
    byId("citizen-form").addEventListener("change", () => this.drawFields());
    byId("citizen-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
  }

  /** Whoever acts for a point where citizens may ask. */
  get possible() {
    const { store } = this;
    return store.phase === "live" && !store.outside && ["point", "deputy"].includes(store.me?.role) && Boolean(store.me.point) && store.speaks;
  }

  draw() {
    for (const id of ["citizen", "ask-citizen"]) show(byId(id), this.possible);
  }

  async open() {
    this.sheet = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
    byId("citizen-form").reset();
    await this.fill();
    this.drawFields();
    byId("citizen-dialog").showModal();
    (this.chosen ? byId("citizen-typed").querySelector("input") : byId("citizen-name")).focus();
  }

  /** What was typed in this hall before and waits for its answer. */
  async fill() {
    let typed = [];
    try {
      typed = (await this.signal.request("question_typed")).questions;
    } catch (problem) {
      if (!problem.code) throw problem; // a new one can be typed all the same
    }
    const another = { number: "", head: t("citizen_new"), text: "" };
    const rows = typed.length ? [...typed.map((one) => ({ ...one, head: questionHead(one) })), another] : [];
    byId("citizen-typed").replaceChildren(...rows.map((row, index) => make("label", { class: "choice" },
      make("input", { type: "radio", name: "typed", value: String(row.number), checked: index === 0 }), make("span", {}, make("strong", {}, row.head), " ", row.text))));
    show(byId("citizen-typed"), rows.length > 0);
  }

  get chosen() {
    return Number(byId("citizen-typed").querySelector("input:checked")?.value ?? 0);
  }

  drawFields() {
    show(byId("citizen-fields"), !this.chosen);
    setText(byId("citizen-note"), "");
  }

  async send() {
    const text = byId("citizen-text").value.trim();
    if (!this.chosen && text.length < SHORTEST) {
      setText(byId("citizen-note"), t("citizen_needs"));
      return byId("citizen-text").focus();
    }
    try {
      const number = this.chosen || (await this.signal.request("question_ask", this.typed(text))).number;
      await this.signal.command("raise_hand", { question: number });
      byId("citizen-dialog").close();
    } catch (problem) {
      if (!problem.code) throw problem;
      toastProblem(problem);
    }
  }

  typed(text) {
    const language = boot.channels.some(([code]) => code === boot.language) ? boot.language : boot.channels[0][0];
    return { id: this.sheet, text, language, name: byId("citizen-name").value.trim(), place: byId("citizen-place").value.trim() };
  }
}
