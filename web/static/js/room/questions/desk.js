/**
 * What citizens ask, for those who lead the session: the next one is taken with one button, and an answer begins and ends here.
 * The list is asked for while it is looked at; the server says in a few bytes when nothing is new.
 */
import { t } from "../boot.js";
import { byId, icon, make, redraw, setText, show } from "../dom.js";
import { questionHead } from "./words.js";

const EVERY_MS = 5000;
const ABOUT = /^question_|^floor_granted$/;

export class QuestionDesk {
  constructor({ store, signal, people, panel }) {
    Object.assign(this, { store, signal, people, panel, mark: "", list: [], waiting: 0 });
    byId("question-end").addEventListener("click", () => people.order("end_question"));
    byId("question-undo").addEventListener("click", () => this.undo(this.store.room.question));
    panel.addEventListener("change", () => this.look());
    signal.addEventListener("event", ({ detail }) => ABOUT.test(detail.type) && this.look());
    setInterval(() => this.look(), EVERY_MS);
  }

  /** Who leads at a page; a deputy who does not preside may look, and the server says what may be done. */
  get leads() {
    const { store } = this;
    return store.phase === "live" && !store.outside && store.conducts && store.me?.via !== "wall";
  }

  get seen() {
    return this.leads && this.panel.view === "people" && this.signal.joined && !document.hidden;
  }

  async look() {
    if (!this.seen || this.asking) return;
    this.asking = true;
    try {
      const answer = await this.signal.request("questions_read", { mark: this.mark });
      this.mark = answer.mark;
      if (answer.questions) this.come(answer);
    } catch (problem) {
      if (!problem.code) throw problem; // a refusal or a lost line: it is asked again
    } finally {
      this.asking = false;
    }
  }

  come({ questions, waiting }) {
    Object.assign(this, { list: questions, waiting });
    this.draw();
  }

  draw() {
    show(byId("questions-section"), this.leads);
    if (!this.leads) return;
    if (!this.mark) this.look();
    const held = byId("questions-section").contains(document.activeElement);
    this.drawCurrent(this.store.room.question);
    const open = this.list.filter((question) => question.state === "approved");
    const over = this.list.filter((question) => question.state !== "approved" && question.number !== this.store.room.question?.number);
    setText(byId("questions-count"), String(open.length));
    redraw(byId("questions-list"), open.map((question) => this.row(question, this.acts(question))));
    redraw(byId("questions-over"), over.map((question) => this.row(question, [this.undoButton(question)])));
    show(byId("questions-answered"), over.length > 0);
    setText(byId("questions-note"), this.waiting ? t("question_waiting", { count: this.waiting }) : open.length ? "" : t("question_none"));
    if (held) this.keepFocus();
  }

  /** A press takes its own button away: the keyboard goes on with what is to be done next. */
  keepFocus() {
    const { activeElement } = document;
    if (byId("questions-section").contains(activeElement) && activeElement.checkVisibility()) return;
    const next = ["#question-end", "#question-undo", "#questions-list .btn", "#questions-answered summary"].map((one) => document.querySelector(one));
    (next.find((one) => one?.checkVisibility()) ?? byId("panel-close")).focus();
  }

  drawCurrent(current) {
    show(byId("question-now"), Boolean(current));
    if (!current) return;
    setText(byId("question-now-head"), questionHead(current));
    setText(byId("question-now-text"), current.text);
    show(byId("question-end"), !current.peer);
  }

  row(question, acts) {
    const small = [question.likes > 0 && t("question_likes", { count: question.likes }), question.put_off && t("question_put_off")];
    return make("li", { class: "person asked", "data-question": question.number },
      make("div", { class: "person-name" }, make("strong", {}, questionHead(question)), make("span", { class: "asked-text" }, question.text),
        make("span", {}, small.filter(Boolean).join(" · "))),
      make("div", { class: "acts" }, acts));
  }

  acts(question) {
    const { number } = question;
    return [
      this.button(`later:${number}`, "arrow-down", t("question_later", { number }), "put_off_question", { question: number }),
      this.button(`written:${number}`, "pencil", t("question_writing", { number }), "put_off_question", { question: number, written: true }),
      make("button", { type: "button", class: "btn btn-small btn-warm", "data-key": `take:${number}`,
        "aria-label": t("question_take_name", { number }), onclick: () => this.people.order("take_question", { question: number }) },
      icon("megaphone-fill"), t("question_take")),
    ];
  }

  button(key, symbol, word, command, fields) {
    return make("button", { type: "button", class: "act", "data-key": key, title: word, "aria-label": word,
      onclick: () => this.people.order(command, fields) }, icon(symbol));
  }

  undoButton(question) {
    return make("button", { type: "button", class: "btn btn-small", "data-key": `undo:${question.number}`,
      "aria-label": `${t("question_undo")}: ${t("question_number", { number: question.number })}`, onclick: () => this.undo(question) }, t("question_undo"));
  }

  undo(question) {
    return question && this.people.order("reopen_question", { question: question.number });
  }
}
