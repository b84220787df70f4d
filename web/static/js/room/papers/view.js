/** The document in the large place: the page's picture, what it says, and the buttons to leaf. Also on the hall's screen and for citizens. */
import { boot, t } from "../boot.js";
import { byId, setText, show } from "../dom.js";
import { PaperPlace } from "./place.js";
import { PaperSource } from "./source.js";

const AGAIN_MS = 4000;
const PREPARE_MS = 300;
const KEYS = { PageDown: 1, PageUp: -1 };

export class PaperView {
  /** `order(name, fields)` sends a command (not on pages that only receive). */
  constructor({ store, signal, pictures, people }) {
    Object.assign(this, { store, pictures, order: (name, fields) => people?.order(name, fields) });
    this.place = new PaperPlace();
    this.source = new PaperSource(() => signal.memory.get());
    this.looked = null; // key of the page that stands there
    const press = { "paper-back": () => this.turn(-1), "paper-next": () => this.turn(1), "paper-follow": () => this.act(() => this.place.follow()),
      "paper-for-all": () => this.forAll(), "paper-close": () => this.close(), "paper-hide": () => this.order("hide_document"),
      "paper-reopen": () => this.act(() => this.place.follow()), "paper-zoom": () => this.toggle("zoom"), "paper-words": () => this.toggle("words") };
    for (const [id, act] of Object.entries(press)) byId(id).addEventListener("click", act);
    document.addEventListener("keydown", (event) => this.key(event));
  }

  /** Whether this page may steer what another one shows. */
  get presides() {
    return this.store.conducts && this.store.mayPresent;
  }

  /** Whether this page turns the pages for everybody. */
  get leads() {
    const { shown, alone } = this.place;
    const mine = shown?.by === this.store.me?.peer && this.store.mayPresent;
    return Boolean(shown) && !alone && (mine || (this.presides && !this.store.peer(shown.by)));
  }

  /** Whether a document stands in the large place; the pictures make room for it. */
  get stands() {
    return Boolean(this.place.seen) && this.store.phase === "live" && !this.store.outside && !boot.control;
  }

  draw() {
    const { store, place } = this;
    if (!store.room || !store.me) return;
    place.told(store.outside || store.phase !== "live" ? null : store.room.document);
    const { stands } = this;
    show(byId("paper"), stands);
    byId("floorplan").classList.toggle("has-paper", stands);
    show(byId("paper-reopen"), Boolean(place.shown) && !stands && !boot.control);
    this.pictures.paper = stands;
    if (!stands) this.looked = null;
    else this.drawPage(place.seen);
  }

  drawPage(seen) {
    const { store, place } = this;
    const words = t("paper_page", { page: seen.page, pages: seen.pages });
    seen.title ||= this.titleOf?.(seen.document) || t("paper_limited"); // of one for some points the list alone has it
    setText(byId("paper-title"), seen.title);
    setText(byId("paper-page"), words);
    setText(byId("paper-by"), this.byWords(seen));
    byId("paper-back").disabled = seen.page <= 1;
    byId("paper-next").disabled = seen.page >= seen.pages;
    show(byId("paper-follow"), seen.mode === "leaf" || (seen.mode === "alone" && Boolean(place.shown)));
    setText(byId("paper-follow-words"), t("paper_follow", { page: place.shown?.page ?? 1 }));
    show(byId("paper-for-all"), this.mayTurnForAll(seen));
    show(byId("paper-hide"), seen.mode !== "alone" && (this.presides || place.shown?.by === store.me.peer));
    show(byId("paper-close"), !this.leads);
    this.look(seen, words);
  }

  byWords(seen) {
    if (seen.mode === "alone") return t("paper_alone");
    const peer = this.store.peer(this.place.shown.by);
    if (seen.mode === "leaf") return t("paper_leafing");
    return peer ? t("paper_by", { name: this.store.label(peer) }) : "";
  }

  /** Those who may: another page for everybody while leafing, or a document that they have opened alone. */
  mayTurnForAll(seen) {
    if (seen.mode === "alone") return this.store.mayPresent && !this.store.room.screen;
    return seen.mode === "leaf" && this.presides;
  }

  forAll() {
    const { seen } = this.place;
    if (!seen) return;
    if (seen.mode === "alone") this.order("show_document", { document: seen.document, page: seen.page });
    else this.order("turn_page", { page: seen.page });
    this.act(() => this.place.follow());
  }

  turn(step) {
    const { seen } = this.place;
    if (!seen || seen.page + step < 1 || seen.page + step > seen.pages) return;
    if (this.leads && seen.mode === "follow") this.order("turn_page", { page: seen.page + step });
    else this.act(() => this.place.leaf(seen.page + step));
  }

  /** Change something on this page alone. */
  act(change) {
    change();
    this.draw();
    this.pictures.draw();
  }

  close() {
    this.act(() => this.place.close());
    if (!byId("paper-reopen").hidden) byId("paper-reopen").focus();
  }

  key(event) {
    const step = KEYS[event.code];
    const scrolls = byId("paper").classList.contains("has-zoom") && event.target.closest("#paper-sheet");
    if (!step || scrolls || !this.stands || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog[open], .panel-body")) return;
    event.preventDefault();
    this.turn(step);
  }

  /** Larger than the place, or the page's words instead of its picture. */
  toggle(what) {
    const on = byId("paper").classList.toggle(`has-${what}`);
    byId(`paper-${what}`).setAttribute("aria-pressed", String(on));
    if (what === "words" && on) this.readWords(this.place.seen);
  }

  // ------------------------------------------------------------ the picture

  look(seen, words) {
    const withheld = this.isWithheld(seen);
    const key = `${seen.document}/${seen.page}${withheld ? "/withheld" : ""}`;
    const image = byId("paper-image");
    if (this.looked === key) return;
    this.looked = key;
    image.alt = `${seen.title}, ${words}`;
    if (this.said !== seen.document) setText(byId("paper-said"), `${seen.title}, ${words}`);
    else setText(byId("paper-said"), words);
    this.said = seen.document;
    if (withheld) return this.withhold();
    byId("paper").classList.remove("is-withheld");
    byId("paper").classList.add("is-loading");
    byId("paper-sheet").scrollTo(0, 0);
    return this.load(seen, key);
  }

  /** It is for some points, and the list of those that are for this one has it not. */
  isWithheld(seen) {
    return Boolean(seen.limited && this.titleOf && !this.titleOf(seen.document));
  }

  withhold() {
    byId("paper").classList.add("is-withheld");
    byId("paper").classList.remove("is-loading", "is-missing");
    setText(byId("paper-text"), "");
    setText(byId("paper-said"), t("paper_withheld"));
  }

  async load(seen, key) {
    let address;
    try {
      address = await this.source.picture(seen.document, seen.page);
    } catch (problem) {
      if (this.looked === key) this.failed(problem, seen, key);
      return;
    }
    if (!address || this.looked !== key) return;
    byId("paper-image").src = address;
    byId("paper").classList.remove("is-loading", "is-missing", "is-withheld");
    setText(byId("paper-text"), "");
    if (!this.source.low || byId("paper").classList.contains("has-words")) this.readWords(seen);
    if (seen.page < seen.pages) setTimeout(() => this.looked === key && this.source.prepare(seen.document, seen.page + 1), PREPARE_MS);
  }

  /** A line that is away comes back; a page that may not be seen does not. */
  failed(problem, seen, key) {
    if (problem.code === 403 && seen.limited) return this.withhold();
    byId("paper").classList.add("is-missing");
    byId("paper").classList.remove("is-loading", "is-withheld");
    if (problem.code !== 403 && problem.code !== 404) setTimeout(() => this.looked === key && this.load(seen, key), AGAIN_MS);
    return undefined;
  }

  async readWords(seen) {
    if (!seen) return;
    const key = this.looked;
    try {
      const text = await this.source.text(seen.document, seen.page);
      if (this.looked === key) setText(byId("paper-text"), text || t("paper_no_words"));
    } catch (problem) {
      if (!problem.code && !(problem instanceof TypeError)) throw problem;
    }
  }
}
