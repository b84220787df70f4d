/** The large question "Please confirm that you are here", with one button and the seconds that are left. */
import { serverNow, t } from "../boot.js";
import { byId, setText, show } from "../dom.js";
import { checkOn } from "./state.js";

export class PresencePrompt {
  constructor({ store, people }) {
    Object.assign(this, { store, people });
    byId("ask-presence-yes").addEventListener("click", () => people.order("confirm_presence"));
  }

  get asked() {
    const { store } = this;
    const { check } = store.room ?? {};
    const point = store.me?.point;
    return checkOn(store.room) && store.speaks && check.asked.includes(point) && !check.answered[point];
  }

  draw() {
    show(byId("ask-presence"), Boolean(this.asked));
    this.tick();
  }

  /** Once a second. */
  tick() {
    if (!this.asked) return;
    const left = Math.max(0, Math.ceil((Date.parse(this.store.room.check.until) - serverNow()) / 1000));
    setText(byId("ask-presence-left"), t("seconds_left", { seconds: left }));
  }
}
