/** One small picture: video, placeholder, name, and small signs. A click pins it to the large picture. */
import { t } from "./boot.js";
import { icon, make, setIcon, setText, show } from "./dom.js";
import { Picture } from "./picture.js";

/** Two letters for a placeholder: of the first two words that begin with a letter. */
export function initials(text) {
  const words = text.split(/[\s.,«»"'()-]+/u).filter((word) => /^\p{L}/u.test(word));
  return words.slice(0, 2).map((word) => [...word][0].toLocaleUpperCase()).join("") || "·";
}

/** A number 0…5 that is always the same for a text; CSS gives each a colour. */
export function tint(text) {
  let sum = 0;
  for (const letter of text) sum = (sum * 31 + letter.codePointAt(0)) % 997;
  return sum % 6;
}

/** Fill a placeholder's avatar. */
export function setAvatar(element, text) {
  setText(element, initials(text));
  element.dataset.tint = tint(text);
}

export class Tile {
  /** `own`: the picture of this very device, mirrored, never asked from the server. */
  constructor(id, { onpin, own = false }) {
    this.id = id;
    this.own = own;
    this.video = make("video");
    this.avatar = make("span", { class: "avatar" });
    this.name = make("strong");
    this.sub = make("span");
    this.hand = make("span", { class: "sign sign-hand", hidden: true }, icon("person-raised-hand"), make("b"));
    this.mute = make("span", { class: "sign sign-mute", hidden: true }, icon("mic-mute-fill"));
    this.link = make("span", { class: "sign sign-link", hidden: true }, icon("reception-1"));
    this.pin = make("span", { class: "sign sign-pin", hidden: true }, icon("pin-angle-fill"));
    const still = own && make("div", { class: "still" }, icon("image"), make("span", {}, t("still_own")));
    const picture = make("div", { class: `picture${own ? " picture-own" : ""}` }, this.video,
      make("div", { class: "placeholder" }, this.avatar), make("div", { class: "starved" }, icon("pause-circle"), make("span", {}, t("picture_waits"))),
      still, make("div", { class: "signs" }, this.hand, this.link, this.pin),
      make("div", { class: "nameplate" }, this.mute, this.name, this.sub));
    this.element = own ? make("div", { class: "tile tile-own" }, picture)
      : make("button", { class: "tile", type: "button", "data-key": id, onclick: () => onpin(id) }, picture);
    this.element.dataset.peer = id;
    this.picture = new Picture(picture, this.video);
  }

  /** Show facts: {label, sub, speaking, floor, hand (place in the queue or 0), muted, away, quality, starved, still, pinned, onStage}. */
  update(facts) {
    setText(this.name, facts.label);
    setText(this.sub, facts.sub);
    setAvatar(this.avatar, facts.label);
    show(this.mute, facts.muted);
    show(this.hand, facts.hand > 0);
    setText(this.hand.querySelector("b"), String(facts.hand || ""));
    show(this.link, facts.away || facts.quality === "poor");
    setIcon(this.link, facts.away ? "wifi-off" : "reception-1");
    show(this.pin, facts.pinned);
    const classes = { "is-speaking": facts.speaking, "has-floor": facts.floor, "is-away": facts.away, "is-on-stage": facts.onStage, "is-still": facts.still };
    for (const [name, on] of Object.entries(classes)) this.element.classList.toggle(name, Boolean(on));
    if (!this.own) this.describe(facts);
  }

  describe(facts) {
    const signs = [facts.floor && t("has_floor"), facts.hand && t("hand_place", { place: facts.hand }), facts.muted && t("is_muted"),
      facts.away && t("is_away"), facts.starved && t("picture_waits"), facts.quality === "poor" && t("quality_poor")];
    const text = [facts.label, facts.sub, ...signs].filter(Boolean).join(", ");
    const label = facts.pinned ? t("unpin_name", { name: text }) : t("pin_name", { name: text });
    if (this.element.getAttribute("aria-label") !== label) this.element.setAttribute("aria-label", label);
    this.element.setAttribute("aria-pressed", String(facts.pinned));
  }

  dispose() {
    this.picture.show(null, null);
    this.element.remove();
  }
}
