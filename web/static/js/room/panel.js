/** The side sheet: people, the point's own sheet, settings, the connection. One is open at a time, or none. */
import { boot, t } from "./boot.js";
import { byId, setText, show } from "./dom.js";

const TITLES = { people: "people_in_session", order: "order_title", sheet: "our_room", settings: "settings", connection: "connection", chat: "chat_title", notes: "notes_title", language: "language" };
const OPENERS = { connection: "bar-quality" }; // others are named as their view

export class Panel extends EventTarget {
  constructor() {
    super();
    this.view = null;
    byId("panel-close").addEventListener("click", () => this.close());
  }

  /** Open a view, or close it when it is the open one. */
  toggle(view) {
    if (this.view === view) this.close();
    else this.open(view);
  }

  open(view, focus = true) {
    this.view = view;
    this.draw();
    if (focus) byId("panel-close").focus({ preventScroll: true });
  }

  close() {
    const from = this.view;
    this.view = boot.control ? "people" : null;
    this.draw();
    if (from) byId(OPENERS[from] ?? from).focus();
  }

  draw() {
    show(byId("panel"), Boolean(this.view));
    byId("call").classList.toggle("has-panel", Boolean(this.view));
    for (const name of Object.keys(TITLES)) show(byId(`panel-${name}`), name === this.view);
    byId("bar-quality").setAttribute("aria-expanded", String(this.view === "connection"));
    if (this.view) setText(byId("panel-title"), t(TITLES[this.view]));
    this.dispatchEvent(new Event("change"));
  }
}
