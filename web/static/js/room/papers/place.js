/** Which page of which document this reader looks at: the one shown to everybody, a leaf of one's own, or a document opened alone. Pure. */

export class PaperPlace {
  constructor() {
    Object.assign(this, { shown: null, own: null, alone: null, aside: false });
  }

  /** The room's word: {document, title, pages, page, by, limited} or null. Another document ends what concerned the former one. */
  told(shown) {
    if (shown?.document !== this.shown?.document) Object.assign(this, { own: null, aside: false, ...(shown ? { alone: null } : {}) });
    this.shown = shown ?? null;
  }

  /** {document, title, pages, page, limited, mode: "follow" | "leaf" | "alone"} or null: nothing is looked at. */
  get seen() {
    if (this.alone) return { ...this.alone, mode: "alone" };
    if (!this.shown || this.aside) return null;
    const { document, title, pages, page, limited } = this.shown;
    return { document, title, pages, page: this.own ?? page, limited, mode: this.own === null ? "follow" : "leaf" };
  }

  /** Open a document for oneself. */
  open({ id, title, pages }) {
    this.alone = { document: id, title, pages, page: 1 };
  }

  /** Leaf by oneself; the page asked for, kept within the document. */
  leaf(page) {
    const { seen } = this;
    if (!seen) return;
    const to = Math.min(seen.pages, Math.max(1, page));
    if (this.alone) this.alone.page = to;
    else this.own = to === this.shown.page ? null : to;
  }

  /** Back to the page that the presenter has turned to. */
  follow() {
    Object.assign(this, { own: null, alone: null, aside: false });
  }

  /** Put it away on this screen alone. */
  close() {
    if (this.alone) this.alone = null;
    else this.aside = true;
  }
}
