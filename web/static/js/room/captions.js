/** Captions: lines of what is said, over the foot of the pictures, for whoever wants to read them; and the field of who types them. */
import { remember, remembered } from "./devices.js";
import { byId, make, show } from "./dom.js";

const LINES = 3;
const STAY_MS = 15_000;

export class Captions {
  constructor({ signal, store }) {
    this.store = store;
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
    while (lines.children.length > LINES) lines.firstElementChild.remove();
    show(lines, this.on);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.clear(), STAY_MS);
  }

  clear() {
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
