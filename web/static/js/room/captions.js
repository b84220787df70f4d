/** Captions: lines of what is said, below the pictures, for whoever wants to read them; and the field of who types them. */
import { remember, remembered } from "./devices.js";
import { byId, make, show } from "./dom.js";

const LINES = 3;
const STAY_MS = 15_000;
const QUIET_MS = 120_000; // their place stays so long after the last one: the pictures shall not jump with every pause

export class Captions {
  constructor({ signal, store }) {
    this.store = store;
    new ResizeObserver(() => byId("call").style.setProperty("--captions-height", `${byId("captions").offsetHeight}px`)).observe(byId("captions"));
    signal.addEventListener("event", ({ detail }) => detail.type === "captioned" && detail.data.text && this.wants(detail.data) && this.add(detail.data.text));
    signal.addEventListener("snapshot", () => store.outside && this.clear());
  }

  get on() {
    return !remembered().captionsOff;
  }

  /** Whether the reader wants this language; a line without one is for all. */
  wants({ language }) {
    const { captionsIn } = remembered();
    return !captionsIn || !language || language === captionsIn;
  }

  add(text) {
    const lines = byId("captions");
    lines.append(make("p", {}, text));
    show(lines, this.on);
    const room = parseFloat(getComputedStyle(lines).minHeight) + 1;
    while (lines.children.length > LINES || (lines.children.length > 1 && lines.offsetHeight > room)) lines.firstElementChild.remove();
    this.later(STAY_MS, () => this.rest());
  }

  later(ms, then) {
    clearTimeout(this.timer);
    this.timer = setTimeout(then, ms);
  }

  /** Nothing is said: the place is kept for a while. */
  rest() {
    byId("captions").replaceChildren();
    this.later(QUIET_MS, () => this.clear());
  }

  clear() {
    clearTimeout(this.timer);
    byId("captions").replaceChildren();
    show(byId("captions"), false);
  }
}

/** On the room's page: the switch, and for those who may, the field. */
export class CaptionDesk {
  constructor({ store, people, captions }) {
    Object.assign(this, { store, people });
    byId("captions-switch").checked = captions.on;
    byId("captions-switch").addEventListener("change", ({ target }) => {
      remember({ captionsOff: !target.checked });
      if (!target.checked) captions.clear();
    });
    byId("captions-language").value = remembered().captionsIn ?? "";
    byId("captions-language").addEventListener("change", ({ target }) => {
      remember({ captionsIn: target.value });
      captions.clear();
    });
    byId("caption-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.send(byId("caption-text"));
    });
  }

  send(field) {
    const text = field.value.trim();
    field.value = "";
    if (text) this.people.order("caption", { text, language: byId("caption-language").value });
  }

  draw() {
    const { store } = this;
    show(byId("caption-section"), store.phase === "live" && !store.outside && (store.conducts || store.me?.role === "interpreter") && store.me?.via !== "wall");
  }
}
