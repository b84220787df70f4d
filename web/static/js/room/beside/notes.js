/**
 * The shared notes under each agenda item: what somebody types is kept by itself, and what others write at the same time appears.
 *
 * Each text is sent with the version it was written upon; the server puts both together by paragraphs. What was not kept yet stays
 * in this window's memory, so that a lost line or a reload loses no word.
 */
import { boot, localText, t } from "../boot.js";
import { byId, clockTime, make, redraw, setText, show } from "../dom.js";
import { AGAIN_CODES } from "../signal.js";

const PAUSE_MS = 1200; // kept so long after the last key
const AGAIN_MS = 2000;
const KEY = `liaison.notes.${boot.session}`;

export class Notes {
  constructor({ store, signal, panel }) {
    Object.assign(this, { store, signal, panel, item: null, kept: new Map(), current: false });
    this.drafts = new Map(JSON.parse(sessionStorage.getItem(KEY) ?? "[]")); // item → {text, base, upon?}, not kept yet
    signal.addEventListener("note", ({ detail }) => this.come(detail));
    signal.addEventListener("lost", () => (this.current = false));
    panel.addEventListener("change", () => this.draw());
    byId("notes-text").addEventListener("input", () => this.typed());
    byId("notes-item").addEventListener("change", ({ target }) => this.choose(Number(target.value)));
    for (const id of ["notes", "set-notes"]) byId(id).addEventListener("click", () => (id === "notes" ? panel.toggle("notes") : panel.open("notes")));
  }

  get leads() {
    const { me } = this.store;
    return ["chair", "deputy", "secretary"].includes(me?.role) && me.via !== "wall";
  }

  draw() {
    const { store } = this;
    if (!store.me || !store.room) return;
    for (const id of ["notes", "set-notes"]) show(byId(id), this.leads);
    byId("notes").setAttribute("aria-pressed", String(this.panel.view === "notes"));
    if (!this.leads) return this.panel.view === "notes" && this.panel.close();
    if (this.signal.joined && !this.current && !store.outside) this.load();
    if (this.panel.view !== "notes") return;
    this.drawItems();
    if (this.item === null) this.choose(store.room.session.agenda.length ? store.room.agenda.index : -1);
    this.drawState();
  }

  drawItems() {
    const { agenda } = this.store.room.session;
    const titles = agenda.map((item, index) => [index, `${index + 1}. ${localText(item.title)}`]);
    redraw(byId("notes-item"), [...titles, [-1, t("notes_general")]].map(([value, words]) => make("option", { value }, words)));
    if (this.item !== null) byId("notes-item").value = String(this.item);
  }

  /** What the server has, after each joining; then what was not kept is sent. */
  async load() {
    this.current = true;
    try {
      for (const note of (await this.signal.request("notes_read")).notes) this.come(note);
      for (const item of this.drafts.keys()) this.save(item);
    } catch (problem) {
      if (!problem.code) throw problem;
      setTimeout(() => (this.current = false), AGAIN_MS);
    }
  }

  /** A newer version. It is shown at once unless somebody is writing here: then it comes with the answer to our own text. */
  come(note) {
    if ((this.kept.get(note.item)?.version ?? 0) >= note.version) return;
    this.kept.set(note.item, note);
    if (note.item === this.item && !this.drafts.has(note.item)) this.fill(note.text);
    this.drawState();
  }

  choose(item) {
    this.item = item;
    this.fill(this.drafts.get(item)?.text ?? this.kept.get(item)?.text ?? "");
    this.draw();
  }

  /** Another text in the field; whoever stands in it keeps the place, counted from the nearer end. */
  fill(text) {
    const field = byId("notes-text");
    if (field.value === text) return;
    const { selectionStart: start, value } = field;
    const same = value.slice(0, start) === text.slice(0, start);
    field.value = text;
    const place = same ? start : Math.max(0, text.length - (value.length - start));
    if (document.activeElement === field) field.setSelectionRange(place, place);
  }

  typed() {
    const written = this.drafts.get(this.item) ?? { base: this.kept.get(this.item)?.version ?? 0 };
    this.keep(this.item, { ...written, text: byId("notes-text").value });
    this.later(this.item);
    this.drawState();
  }

  keep(item, draft) {
    if (draft) this.drafts.set(item, draft);
    else this.drafts.delete(item);
    sessionStorage.setItem(KEY, JSON.stringify([...this.drafts]));
  }

  later(item, pause = PAUSE_MS) {
    this.timers ??= new Map();
    clearTimeout(this.timers.get(item));
    this.timers.set(item, setTimeout(() => this.save(item), pause));
  }

  async save(item) {
    const draft = this.drafts.get(item);
    if (!draft || this.saving || !this.signal.joined) return draft && this.later(item);
    this.saving = true;
    try {
      const answer = await this.signal.request("note_save", { item, ...draft });
      this.taken(item, draft, answer);
    } catch (problem) {
      if (!problem.code) throw problem;
      this.problem = AGAIN_CODES.has(problem.code) ? "" : problem.problem?.detail ?? t("did_not_work");
      this.later(item, AGAIN_MS);
    } finally {
      this.saving = false;
      this.drawState();
    }
  }

  /** The server's answer: what stands there now. What was typed since goes on from there. */
  taken(item, draft, { version, text, merged }) {
    this.problem = "";
    const typed = this.drafts.get(item);
    const before = this.kept.get(item);
    if (!before || before.version <= version) this.kept.set(item, { ...before, item, version, text, at: new Date().toISOString(), name: this.store.me.name });
    if (typed.text !== draft.text) {
      this.keep(item, { text: typed.text, base: version, ...(merged ? { upon: draft.text } : {}) });
      return this.later(item);
    }
    this.keep(item, null);
    if (item === this.item) this.fill(text);
    if (merged) this.merged = item;
    return undefined;
  }

  drawState() {
    const note = this.kept.get(this.item);
    const waits = this.drafts.has(this.item);
    const who = note ? t("notes_kept", { time: clockTime(note.at), name: note.name }) : t("notes_none");
    setText(byId("notes-state"), this.problem || (waits ? t(this.signal.joined ? "notes_being_kept" : "notes_wait") : who));
    byId("notes-state").classList.toggle("is-wrong", Boolean(this.problem));
    show(byId("notes-merged"), this.merged === this.item && this.item !== null);
  }
}
