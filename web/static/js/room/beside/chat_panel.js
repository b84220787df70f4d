/** The chat's panel: the messages, to whom, the field; the badges, and what is said aloud of new ones. The focus stays where it is. */
import { t } from "../boot.js";
import { byId, clockTime, confirmAct, icon, make, redraw, setText, show } from "../dom.js";
import { toast, toastProblem } from "../toasts.js";
import { Attach } from "./attach.js";
import { Attached } from "./attached.js";
import { Chat, memory } from "./chat.js";
import { linked } from "./links.js";

const NEAR = 80; // so many pixels from the end still count as the end
const UNFIT = new Set(["invalid", "infected", "too_large"]); // this file would not be taken a second time either
const CHIPS = { chair: "chat_to_chair", help_desk: "chat_to_help_desk" };

export class ChatPanel {
  constructor({ store, signal, panel, papers }) {
    Object.assign(this, { store, panel, answered: null, lines: new Map(), attached: new Attached(papers.view.source) });
    this.chat = new Chat({ signal, store });
    this.attach = new Attach({ chat: this.chat, note: (words) => this.note(words) });
    this.chat.addEventListener("change", () => this.draw());
    this.chat.addEventListener("said", ({ detail }) => this.told(detail));
    this.chat.addEventListener("removed", ({ detail }) => this.attached.gone(detail));
    this.chat.addEventListener("refused", ({ detail }) => this.refused(detail));
    this.chat.addEventListener("back", ({ detail }) => this.putBack(detail));
    this.bind();
    byId("chat-text").value = memory.read().draft ?? "";
    this.sayLost();
  }

  /** Files that waited when the page was loaded anew. */
  sayLost() {
    const { lost } = this.chat;
    if (!lost.length) return;
    for (const entry of lost) this.putBack({ entry });
    this.chat.keepWaiting();
    this.note(t("chat_file_lost", { name: lost.map(({ upload }) => upload.name).join(", ") }));
  }

  bind() {
    const text = byId("chat-text");
    byId("chat-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.send();
    });
    text.addEventListener("input", () => this.typed());
    byId("chat-to").addEventListener("change", () => this.drawForm());
    byId("chat-earlier").addEventListener("click", () => this.chat.earlier());
    byId("chat-answer-end").addEventListener("click", () => this.answer(null));
    for (const id of ["chat", "set-chat"]) byId(id).addEventListener("click", () => this.press(id));
    this.panel.addEventListener("change", () => this.opened());
    this.keepEnd(byId("chat-scroll"));
  }

  /** Whoever is at the end stays there when the window, or the field below, becomes larger. */
  keepEnd(box) {
    this.atEnd = true;
    box.addEventListener("scroll", () => (this.atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR));
    new ResizeObserver(() => this.atEnd && this.toEnd()).observe(box);
  }

  press(id) {
    if (id === "chat") this.panel.toggle("chat");
    else this.panel.open("chat");
    if (this.open && byId("chat-text").offsetParent) byId("chat-text").focus();
  }

  get open() {
    return this.panel.view === "chat" && !document.hidden;
  }

  opened() {
    const came = this.open && !this.wasOpen;
    this.wasOpen = this.open;
    this.draw();
    if (!came) return;
    this.said?.(); // the notice has done its work
    this.toEnd();
  }

  // ---------------------------------------------------------------- writing

  typed() {
    memory.write({ draft: byId("chat-text").value });
    this.note("");
  }

  send() {
    const text = byId("chat-text").value.trim();
    if (!text && !this.attach.file) return;
    const { answered } = this;
    const to = answered ? { to: "peer", peer: answered.peer, answers: answered.seq } : { to: byId("chat-to").value };
    byId("chat-text").value = "";
    this.typed();
    this.answer(null);
    this.chat.say(text, to, this.attach.take());
    this.toEnd();
  }

  /** What was not taken comes back into the field, before what was typed meanwhile. */
  refused({ entry, file, problem }) {
    this.putBack({ entry, file: UNFIT.has(problem.code) ? null : file });
    const { detail, title, remedy } = problem.problem ?? {};
    this.note([detail || title || t("did_not_work"), remedy].filter(Boolean).join(" "));
    if (!this.open) toastProblem(problem);
  }

  putBack({ entry, file }) {
    const text = byId("chat-text");
    text.value = [entry.text, text.value].filter(Boolean).join("\n").slice(0, text.maxLength);
    this.typed();
    if (file && !this.attach.file) this.attach.put(file);
  }

  note(words) {
    setText(byId("chat-note"), words);
  }

  answer(message) {
    this.answered = message;
    this.drawForm();
    if (message) byId("chat-text").focus();
  }

  async remove(message) {
    if (!(await confirmAct(t("chat_remove_question"), t("chat_remove_detail"), t("chat_remove_do")))) return;
    try {
      await this.chat.remove(message.seq);
    } catch (problem) {
      if (!problem.code) throw problem;
      toastProblem(problem);
    }
  }

  // ---------------------------------------------------------------- showing

  /** A message has come: badges say so, and, where it is meant for this person, a sentence does. */
  told(message) {
    if (this.open) return;
    const words = t(message.to === "chair" ? "chat_says_to_chair" : "chat_says", { name: this.who(message), text: (message.text || this.fileName(message)).slice(0, 120) });
    const mine = message.to_peer === this.store.me.peer || (message.to === "chair" && this.chat.leads);
    if (mine) this.said = toast(words, { act: { word: t("chat_open"), run: () => this.press("set-chat") } });
    else setText(byId("chat-said"), words);
  }

  fileName({ file }) {
    return file ? `${file.name}.${file.kind}` : "";
  }

  draw() {
    const { chat, store } = this;
    if (!store.me || !store.room) return;
    chat.ensure();
    for (const id of ["chat", "set-chat"]) show(byId(id), chat.talks);
    byId("chat").setAttribute("aria-pressed", String(this.panel.view === "chat"));
    if (this.open) {
      this.drawList();
      chat.read();
    }
    this.drawForm();
    this.drawBadges();
  }

  drawBadges() {
    const { unread } = this.chat;
    for (const id of ["chat", "settings"]) this.badge(byId(id).querySelector(".tool-count"), id === "chat" || getComputedStyle(byId("chat")).display === "none" ? unread : 0);
    this.badge(byId("set-chat-count"), unread);
    byId("chat").classList.toggle("has-hands", unread > 0);
  }

  badge(element, count) {
    show(element, count > 0);
    setText(element, count > 99 ? "99+" : String(count || ""));
  }

  drawForm() {
    const { chat, answered } = this;
    const allowed = ["all", "chair", "help_desk"].filter((to) => this.fits(to));
    const select = byId("chat-to");
    for (const option of select.options) Object.assign(option, { hidden: !allowed.includes(option.value), disabled: !allowed.includes(option.value) });
    if (!allowed.includes(select.value) && allowed.length) [select.value] = allowed;
    show(byId("chat-form"), allowed.length > 0 || Boolean(answered));
    show(byId("chat-shut"), allowed.length === 0);
    setText(byId("chat-shut"), t(this.store.outside ? "chat_outside" : "chat_shut"));
    show(byId("chat-to-row"), !answered);
    show(byId("chat-answer"), Boolean(answered));
    setText(byId("chat-answer-name"), answered ? t("chat_answer_to", { name: this.who(answered) }) : "");
    byId("chat-form").dataset.to = answered ? "peer" : select.value;
    this.attach.draw();
    show(byId("chat-empty"), chat.messages.size === 0 && chat.waiting.length === 0);
    show(byId("chat-earlier"), chat.more);
  }

  fits(to) {
    if (to === "help_desk" && this.store.room?.session.kind === "help_desk") return false;
    return this.chat.may(to);
  }

  drawList() {
    const box = byId("chat-scroll");
    const { atEnd } = this;
    const before = box.scrollHeight;
    const older = this.insertLines();
    redraw(byId("chat-waiting"), this.chat.waiting.map((entry) => this.waitingLine(entry)));
    if (atEnd) this.toEnd();
    else if (older) box.scrollTop += box.scrollHeight - before;
  }

  waitingLine(entry) {
    return make("li", { class: "chat-line is-mine is-waiting" }, entry.text && make("p", { class: "chat-text" }, linked(entry.text)),
      entry.upload && this.onItsWay(entry), make("p", { class: "muted" }, t("chat_being_sent")));
  }

  /** A file that is being sent, and what takes it back. */
  onItsWay({ id, file, upload }) {
    const { uploading } = this.chat;
    const part = file ? 100 : uploading?.id === id ? Math.round(uploading.part * 100) : 0;
    return make("p", { class: "chat-sending" }, icon("paperclip"), make("strong", {}, upload.name), make("progress", { max: 100, value: part, "aria-label": upload.name }),
      !file && make("button", { type: "button", class: "panel-close", "data-key": `back:${id}`, "aria-label": `${t("chat_file_stop")}: ${upload.name}`,
        onclick: () => this.chat.takeBack(this.chat.waiting.find((entry) => entry.id === id)) }, icon("x-lg")));
  }

  /** Lines that are new, each at its place; lines that were taken away lose their words. True: some came before all others. */
  insertLines() {
    const log = byId("chat-log");
    let older = false;
    let last = null;
    for (const message of this.chat.list) {
      const line = this.lines.get(message.seq);
      const look = `${message.removed}:${this.acts(message).length}`;
      if (line?.dataset.look !== look) {
        const made = this.line(message, look);
        if (line) line.replaceWith(made);
        else if (last) last.after(made);
        else {
          older = log.childElementCount > 0;
          log.prepend(made);
        }
        this.lines.set(message.seq, made);
      }
      last = this.lines.get(message.seq);
    }
    return older;
  }

  toEnd() {
    byId("chat-scroll").scrollTop = byId("chat-scroll").scrollHeight;
  }

  line(message, look) {
    const { chat } = this;
    const mine = chat.isMine(message);
    const chip = this.chip(message);
    const classes = ["chat-line", mine && "is-mine", message.to === "chair" && "is-to-chair", message.to === "peer" && "is-answer"];
    return make("li", { class: classes.filter(Boolean).join(" "), "data-seq": message.seq, "data-look": look },
      make("p", { class: "chat-head" }, make("strong", {}, mine ? t("you") : this.who(message)), !mine && this.under(message),
        make("time", { datetime: message.at }, clockTime(message.at))),
      chip && make("p", { class: "chat-chip" }, icon(message.to === "help_desk" ? "headset" : message.to === "peer" ? "reply" : "person-badge"), chip),
      (message.removed || message.text) && make("p", { class: "chat-text" }, message.removed ? make("em", { class: "muted" }, t("chat_removed")) : linked(message.text)),
      message.file && this.attached.draw(message),
      make("div", { class: "chat-acts" }, this.acts(message)));
  }

  acts(message) {
    const { chat, store } = this;
    if (message.removed) return [];
    const name = this.who(message);
    const button = (key, symbol, word, run) => make("button", { type: "button", class: "btn btn-small btn-quiet", "data-key": `${key}:${message.seq}`,
      "aria-label": `${word}: ${name}`, onclick: run }, icon(symbol), word);
    const answerable = chat.leads && !chat.isMine(message) && store.peer(message.peer);
    return [answerable && button("answer", "reply", t("chat_answer"), () => this.answer(message)),
      store.conducts && button("remove", "trash", t("chat_remove"), () => this.remove(message))].filter(Boolean);
  }

  who(message) {
    if (message.role === "help_desk") return t("chat_help_desk");
    return this.store.nameOfPoint(message.point) || message.name || t(`role_${message.role}`);
  }

  under(message) {
    const role = ["point", "help_desk"].includes(message.role) ? "" : t(`role_${message.role}`);
    const words = [role, message.name].filter((word) => word && word !== this.who(message));
    return words.length > 0 && make("span", {}, words.join(" · "));
  }

  chip(message) {
    if (message.to !== "peer") return CHIPS[message.to] ? t(CHIPS[message.to]) : "";
    if (message.to_peer === this.store.me.peer) return t("chat_to_you");
    return t("chat_answer_to", { name: this.store.nameOfPoint(message.to_point) || message.to_name });
  }
}
