/** First-time hints: one at a time beside its button, gone for ever once read, used, or looked at for a while. */
import { t } from "./boot.js";
import { byId, setText, show } from "./dom.js";
import { remember, remembered } from "./devices.js";

const WAIT_S = 6; // nobody reads while pictures come
const STAY_S = 25;
const HINTS = [
  { id: "people", target: "people", text: "hint_conduct", fits: (store) => store.conducts },
  { id: "hand", target: "hand", text: "hint_hand", fits: (store) => store.speaks && !store.steers },
  { id: "settings", target: "settings", text: "hint_settings", fits: (store) => store.speaks },
];

export class Hints {
  constructor({ store }) {
    Object.assign(this, { store, now: null, seconds: 0 });
    byId("hint-close").addEventListener("click", () => this.done());
    window.addEventListener("resize", () => this.now && this.place());
    for (const { target } of HINTS) byId(target).addEventListener("click", () => this.now?.target === target && this.done());
  }

  get seen() {
    return remembered().hints ?? [];
  }

  /** Not while there is something more urgent: waiting, speaking, a sheet or a question that it would lie over. */
  get fitting() {
    const { me, room, phase, outside } = this.store;
    const covering = document.querySelector("#panel:not([hidden]), .ask:not([hidden])");
    return Boolean(me && phase === "live" && !outside && me.via !== "control" && room.floor !== me.peer && !covering);
  }

  /** Once a second. */
  tick() {
    const { store } = this;
    if (!this.fitting) return this.now && this.hide();
    this.seconds += 1;
    if (this.now) return this.seconds > STAY_S ? this.done() : this.place();
    if (this.seconds > WAIT_S) this.begin(HINTS.find((hint) => !this.seen.includes(hint.id) && hint.fits(store)));
  }

  begin(hint) {
    if (!hint || byId(hint.target).closest("[hidden]")) return;
    Object.assign(this, { now: hint, seconds: 0 });
    setText(byId("hint-words"), t(hint.text));
    show(byId("hint"), true);
    this.place();
  }

  /** Over the middle of its button, within the window. */
  place() {
    const bubble = byId("hint");
    const target = byId(this.now.target).getBoundingClientRect();
    const half = bubble.offsetWidth / 2;
    const middle = Math.min(innerWidth - half - 8, Math.max(half + 8, target.left + target.width / 2));
    bubble.style.setProperty("--hint-left", `${middle - half}px`);
    bubble.style.setProperty("--hint-tip", `${target.left + target.width / 2 - middle + half}px`);
    bubble.style.setProperty("--hint-bottom", `${innerHeight - target.top + 10}px`);
  }

  done() {
    remember({ hints: [...this.seen, this.now.id] });
    this.hide();
  }

  hide() {
    Object.assign(this, { now: null, seconds: 0 });
    show(byId("hint"), false);
  }
}
