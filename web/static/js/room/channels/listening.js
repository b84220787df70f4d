/**
 * What this page hears: the room as it is spoken, or a channel of interpretation with the original softly underneath. The choice and
 * the level stay on this device. While the interpreter is not heard, the original is as loud as ever.
 */
import { boot, t } from "../boot.js";
import { byId, setText, show } from "../dom.js";
import { remember, remembered } from "../devices.js";
import { toast } from "../toasts.js";
import { airOf, channelOf, LANGUAGES } from "./state.js";

const LEVEL = 15; // per cent of the original under the interpreter
const SAY_MS = 1500; // a cough need not be told to those who hear the page read aloud

export class Listening {
  constructor({ store, media, sounds }) {
    Object.assign(this, { store, media, sounds, heard: null });
    byId("languages").addEventListener("change", ({ target }) => this.choose(target.value));
    byId("original-level").value = String(remembered().original ?? LEVEL);
    byId("original-level").addEventListener("input", ({ target }) => this.setLevel(Number(target.value)));
    media.addEventListener("slots", () => this.listen());
    media.slots.addEventListener("change", () => this.listen());
  }

  choose(language) {
    remember({ hears: language });
    this.draw();
  }

  setLevel(original) {
    remember({ original });
    this.draw();
  }

  /** The channel in which this page's own interpreter works, or null. */
  get own() {
    return channelOf(this.store.room, this.store.me?.peer);
  }

  /** The channel that is listened to ("": the room). An interpreter hears what is interpreted from. */
  get language() {
    const { own } = this;
    return (own ? this.store.room.channels[own].source : remembered().hears) ?? "";
  }

  /** Whether somebody in a channel has begun or ceased to be heard since this was asked last. */
  changed() {
    const before = this.states;
    this.states = Object.keys(LANGUAGES).map((language) => airOf(this.store, language)?.state).join();
    return this.states !== before;
  }

  /** Point the slot at the channel, and set how loud both are. */
  listen() {
    const { language, store } = this;
    if (!store.room || !store.me) return;
    this.media.listen(language);
    const slot = this.media.slots.ofKind("interpretation")[0];
    const air = language && airOf(store, language);
    const heard = Boolean(air && air.state === "on" && slot?.carrying);
    this.sounds.mix(heard ? Number(byId("original-level").value) / 100 : 1, heard ? 1 : 0);
    this.tell(heard, air);
  }

  /** Say when the interpreter falls silent or is back; an ended interpretation in large. */
  tell(heard, air) {
    const now = !this.language ? "" : heard ? "on" : air?.state ?? "none";
    if (now === this.heard) return;
    const ended = this.heard === "on" && now === "none";
    this.heard = now;
    if (ended) toast(t("language_ended", { language: LANGUAGES[this.language] }), { look: "warn" });
    clearTimeout(this.saying);
    this.saying = setTimeout(() => setText(byId("language-says"), this.sentence(heard)), SAY_MS);
  }

  sentence(heard) {
    return heard ? t("you_hear", { language: LANGUAGES[this.language] }) : t("you_hear_original");
  }

  draw() {
    const { store } = this;
    if (!store.room || !store.me) return;
    this.listen();
    this.drawTool();
    for (const label of document.querySelectorAll("#languages [data-language]")) this.drawChoice(label);
    show(byId("language-note"), Boolean(this.own));
    this.drawLevel();
  }

  /** The button shows the choice, and that the interpreter is not heard just now. */
  drawTool() {
    const { language, store } = this;
    const tool = byId("language");
    this.offered ||= Object.keys(store.room.channels ?? {}).length > 0 || Boolean(store.room.sign);
    show(tool, Boolean(this.offered) && !store.outside);
    setText(tool.querySelector(".tool-word"), language ? LANGUAGES[language] : t("language"));
    tool.classList.toggle("is-warm", Boolean(language) && this.heard !== "on");
    tool.classList.toggle("is-chosen", Boolean(language) && this.heard === "on");
  }

  drawLevel() {
    const level = byId("original-level");
    const words = new Intl.NumberFormat(boot.language, { style: "percent" }).format(Number(level.value) / 100);
    setText(byId("original-percent"), words);
    level.setAttribute("aria-valuetext", words);
  }

  drawChoice(label) {
    const { language: code } = label.dataset;
    const input = label.querySelector("input");
    input.checked = code === this.language;
    const air = code ? airOf(this.store, code) : null;
    input.disabled = Boolean(this.own) || Boolean(code && !air && code !== this.language);
    setText(label.querySelector("small"), code ? this.words(air) : t("language_original"));
    label.classList.toggle("is-silent", Boolean(code) && air?.state !== "on");
  }

  words(air) {
    if (!air) return t("language_not_offered");
    if (!air.peer) return t("air_nobody");
    return [this.store.label(air.peer), air.state !== "on" && t(`air_${air.state}`)].filter(Boolean).join(" · ");
  }
}
