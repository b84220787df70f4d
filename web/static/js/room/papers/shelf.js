/** The session's documents in the people panel, beside the agenda's items they belong to: read them alone, show them to all, add one. */
import { boot, t } from "../boot.js";
import { byId, icon, make, redraw, setText, show } from "../dom.js";

const ACCEPTED = [".pdf", ".jpg", ".jpeg", ".png", ".webp"].join();

export class Shelf {
  constructor({ store, view, panel }) {
    Object.assign(this, { store, view, panel, items: [], mayAdd: false });
    byId("paper-file").accept = ACCEPTED;
    byId("paper-add").addEventListener("click", () => byId("paper-file").click());
    byId("paper-file").addEventListener("change", ({ target }) => this.add(target));
  }

  /** Ask for the list anew; one that cannot be had now is asked for again with the next change. */
  async load() {
    try {
      const { items, may_add: mayAdd } = await this.view.source.list();
      Object.assign(this, { items, mayAdd });
    } catch (problem) {
      if (!problem.code && !(problem instanceof TypeError)) throw problem;
      if (problem.code === 403) Object.assign(this, { items: [], mayAdd: false });
    }
    this.draw();
    this.view.draw(); // what is shown may be in the list only now
    this.changed?.();
  }

  /** The documents of an agenda item as a list, or nothing. */
  ofItem(place) {
    const found = this.items.filter((one) => one.item === place);
    return found.length ? make("ul", { class: "papers" }, found.map((one) => this.row(one))) : null;
  }

  draw() {
    const { store } = this;
    if (!store.room || !store.me) return;
    const agenda = store.room.session?.agenda ?? [];
    const loose = this.items.filter((one) => one.item === null || one.item >= agenda.length);
    show(byId("papers-section"), (loose.length > 0 || this.mayAdd) && !store.outside);
    redraw(byId("papers-list"), loose.map((one) => this.row(one)));
    for (const id of ["paper-add", "paper-for"]) show(byId(id), this.mayAdd);
    this.drawPoints(store.room.session?.points ?? []);
  }

  /** Whom the next document that is added is for. */
  drawPoints(points) {
    if (this.listed === points.length) return;
    this.listed = points.length;
    byId("paper-for-list").replaceChildren(...points.map(({ slug }) => make("label", { class: "switch" },
      make("input", { type: "checkbox", value: slug }), make("span", {}, this.store.nameOfPoint(slug)))));
  }

  row(one) {
    const { store } = this;
    const shown = store.room.document?.document === one.id ? store.room.document : null;
    return make("li", { class: shown ? "is-shown" : "" }, this.title(one, shown),
      store.phase === "live" && store.mayPresent && (shown ? this.turners(one, shown) : this.button("show", one, "projector", t("paper_show_name", { title: one.title }),
        "show_document", { document: one.id })));
  }

  /** The title opens the document; on the chair's tablet, which shows no pictures, it only says what is shown. */
  title(one, shown) {
    const names = one.points?.map((slug) => this.store.nameOfPoint(slug)).join(", ");
    const facts = [shown ? `${t("paper_is_shown")} · ${t("paper_page", shown)}` : t("paper_pages", { pages: one.pages }), names && t("paper_for", { names })];
    const words = make("span", {}, one.title, make("small", {}, facts.filter(Boolean).join(" · ")));
    if (boot.control) return make("span", { class: "paper-open" }, icon("file-earmark-text"), words);
    return make("button", { type: "button", class: "paper-open", "data-key": `paper:${one.id}`, onclick: () => this.open(one) }, icon("file-earmark-text"), words);
  }

  turners(one, { page, pages }) {
    return [page > 1 && this.button("back", one, "chevron-left", t("paper_back"), "turn_page", { page: page - 1 }),
      page < pages && this.button("next", one, "chevron-right", t("paper_next"), "turn_page", { page: page + 1 }),
      this.button("hide", one, "eye-slash", t("paper_hide"), "hide_document", {})];
  }

  button(key, one, symbol, words, command, fields) {
    return make("button", { type: "button", class: "act", title: words, "aria-label": words, "data-key": `${key}:${one.id}`,
      onclick: () => this.view.order(command, fields) }, icon(symbol));
  }

  /** On a narrow screen the panel lies over the page: it goes. */
  open(one) {
    const shown = this.store.room.document?.document === one.id;
    this.view.act(() => (shown ? this.view.place.follow() : this.view.place.open(one)));
    if (window.innerWidth < 1200 && !boot.control) this.panel.close();
  }

  async add(input) {
    const [file] = input.files;
    input.value = "";
    if (!file) return;
    byId("paper-add").disabled = true;
    setText(byId("paper-note"), t("paper_adding"));
    setText(byId("paper-note"), await this.send(file));
    byId("paper-add").disabled = false;
  }

  /** What became of it, in a sentence. The document belongs to the item under way. */
  async send(file) {
    const form = new FormData();
    form.append("file", file);
    const item = this.store.agendaItem;
    if (item && this.store.phase === "live") form.append("item", String(item.number - 1));
    const chosen = [...byId("paper-for-list").querySelectorAll("input:checked")];
    for (const { value } of chosen) form.append("points", value);
    const headers = { "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content, Accept: "application/json" };
    try {
      const answer = await fetch(boot.documents_url, { method: "POST", body: form, credentials: "same-origin", headers });
      const body = await answer.json();
      if (!answer.ok) return body.errors?.[0]?.message ?? [body.detail, body.remedy].filter(Boolean).join(" ");
      for (const input of chosen) input.checked = false;
      return t("paper_added", { title: body.title });
    } catch (problem) {
      if (!(problem instanceof TypeError || problem instanceof SyntaxError)) throw problem;
      return t("did_not_work");
    }
  }
}
