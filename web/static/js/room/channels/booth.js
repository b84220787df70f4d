/** The interpreter's place: which channel, from what, on the air or not, handing over and taking over, and a button for coughing. */
import { boot, t } from "../boot.js";
import { byId, make, redraw, setIcon, setText, show } from "../dom.js";
import { channelOf, colleagues, LANGUAGES, standing } from "./state.js";

const KEYS = { KeyM: "booth-mic", KeyT: "booth-take", KeyG: "booth-offer", KeyV: "booth-camera" };
const MAY_TAKE = ["offered", "free", "lost"];
const KEY = `liaison.booth.${boot.session}`;

export class Booth {
  constructor({ store, own, people, chimes }) {
    Object.assign(this, { store, own, people, chimes, was: "" });
    const acts = {
      "booth-mic": () => own.toggleMicrophone(), "booth-camera": () => own.toggleCamera(), "booth-take": () => people.order("take_air"),
      "booth-offer": () => this.offer(), "booth-leave": () => this.leave(), "booth-sign": () => this.sign(),
    };
    for (const [id, act] of Object.entries(acts)) byId(id).addEventListener("click", act);
    byId("booth-languages").addEventListener("click", ({ target }) => this.chosen(target.closest("[data-language]")));
    byId("booth-source").addEventListener("change", ({ target }) => this.enter(this.language, target.value || null));
    document.addEventListener("keydown", (event) => this.key(event));
  }

  get language() {
    return channelOf(this.store.room, this.store.me?.peer);
  }

  get signs() {
    return this.store.room.sign === this.store.me.peer;
  }

  chosen(button) {
    if (button) this.enter(button.dataset.language);
  }

  /** Into a channel; whoever joins a colleague interprets from what the colleague does. */
  enter(language, source = this.store.room.channels[language]?.source ?? null) {
    this.keep({ language, source });
    return this.people.order("enter_channel", { language, ...(source ? { source } : {}) });
  }

  async leave() {
    this.keep({});
    await this.people.order(...(this.language ? ["leave_channel"] : ["set_sign", { peer: null }]));
  }

  /** Into sign language: with the camera, and no channel. */
  async sign() {
    this.keep({ sign: true });
    if (!this.own.camera) await this.own.toggleCamera();
    await this.people.order("set_sign", { peer: this.store.me.peer });
  }

  offer() {
    const { offered } = this.store.room.channels[this.language];
    return this.people.order("offer_air", { peer: offered ? null : this.next?.peer ?? null });
  }

  /** Whom one hands over to: the next in turn who is here. */
  get next() {
    return colleagues(this.store).find((peer) => !peer.away_at) ?? null;
  }

  keep(place) {
    sessionStorage.setItem(KEY, JSON.stringify(place));
  }

  /** Back in the session after a longer absence: into the same channel again. */
  restore() {
    const { language, source, sign } = JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
    if (!this.store.interprets || this.store.outside) return;
    if (language && !this.language) this.enter(language, this.store.room.channels[source] ? source : null);
    if (sign && !this.store.room.sign) this.sign();
  }

  draw() {
    const { store } = this;
    const here = store.interprets && Boolean(store.mine) && store.phase !== "closed";
    show(byId("booth"), here);
    if (!here) return;
    const stands = standing(store);
    const choosing = stands === "choose" && !this.signs;
    byId("booth").dataset.air = choosing ? "choose" : stands === "choose" ? "sign" : stands;
    show(byId("booth-choose"), choosing);
    show(byId("booth-work"), !choosing);
    if (choosing) this.drawChoices();
    else this.drawWork(stands);
    this.prompt(stands);
  }

  drawChoices() {
    redraw(byId("booth-languages"), Object.entries(LANGUAGES).map(([language, name]) => {
      const there = (this.store.room.channels[language]?.peers ?? []).map((peer) => this.store.peer(peer)).filter(Boolean);
      const who = there.length ? there.map((peer) => this.store.label(peer)).join(", ") : t("booth_empty");
      return make("button", { type: "button", class: "btn booth-choice", "data-language": language, "data-key": language },
        make("strong", { lang: language }, name), make("span", {}, who));
    }));
  }

  drawWork(stands) {
    const { store, language } = this;
    const air = language ? store.peer(store.room.channels[language].air) : null;
    setText(byId("booth-state"), t(`booth_${stands === "choose" ? "sign" : stands}`, { name: air ? store.label(air) : "" }));
    setText(byId("booth-language"), language ? LANGUAGES[language] : t("sign_language"));
    byId("booth-language").lang = language ?? boot.language;
    this.drawDevices();
    show(byId("booth-take"), MAY_TAKE.includes(stands));
    this.drawOffer(stands);
    this.drawColleagues();
    this.drawSource();
  }

  drawDevices() {
    const { own, language } = this;
    show(byId("booth-mic"), Boolean(language));
    show(byId("booth-camera"), this.signs);
    for (const [id, on, icons] of [["booth-mic", own.microphone, ["mic-fill", "mic-mute-fill"]], ["booth-camera", own.camera, ["camera-video-fill", "camera-video-off-fill"]]]) {
      byId(id).setAttribute("aria-pressed", String(on));
      byId(id).classList.toggle("is-off", !on);
      setIcon(byId(id), icons[on ? 0 : 1]);
    }
    setText(byId("booth-mic-word"), t(own.microphone ? "booth_cough" : "booth_speak"));
    setText(byId("booth-camera-word"), t(own.camera ? "camera_on" : "camera_is_off"));
  }

  drawOffer(stands) {
    const { next, store } = this;
    const offered = store.room.channels[this.language]?.offered;
    show(byId("booth-offer"), ["on", "muted"].includes(stands) && Boolean(next));
    if (next) setText(byId("booth-offer-word"), offered ? t("booth_take_back") : t("booth_hand_over", { name: store.label(next) }));
    byId("booth-offer").classList.toggle("is-waiting", Boolean(offered));
  }

  drawColleagues() {
    const { store, language } = this;
    const names = language ? colleagues(store).map((peer) => [store.label(peer), peer.away_at && t("is_away")].filter(Boolean).join(" · ")) : [];
    const offered = store.peer(store.room.channels[language]?.offered);
    const waits = offered && offered.peer !== store.me.peer ? t("booth_waits", { name: store.label(offered) }) : "";
    setText(byId("booth-colleagues"), !language ? t("booth_sign_note") : waits || (names.length ? t("booth_with", { names: names.join(", ") }) : t("booth_alone")));
  }

  /** What may be interpreted from: the room, and channels of other languages that have somebody. */
  drawSource() {
    const { store, language } = this;
    show(byId("booth-from"), Boolean(language));
    if (!language) return;
    const { source } = store.room.channels[language];
    const others = Object.keys(LANGUAGES).filter((code) => code !== language && (store.room.channels[code] || code === source));
    const options = [["", t("booth_room")], ...others.map((code) => [code, LANGUAGES[code]])];
    redraw(byId("booth-source"), options.map(([value, words]) => make("option", { value, "data-key": value }, words)));
    byId("booth-source").value = source ?? "";
  }

  /** The colleague hands over, or nobody is on the air: seen, heard, and said. */
  prompt(stands) {
    if (stands === this.was) return;
    const asked = MAY_TAKE.includes(stands) && this.was !== "";
    this.was = stands;
    if (stands !== "choose") setText(byId("booth-says"), byId("booth-state").textContent);
    if (asked) this.chimes.play("asked");
  }

  key(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest("input:not([type='radio'], [type='range'], [type='checkbox']), textarea, select, dialog[open]")) return;
    const button = KEYS[event.code] && byId(KEYS[event.code]);
    if (!button || button.closest("[hidden]")) return;
    event.preventDefault();
    button.click();
  }
}
