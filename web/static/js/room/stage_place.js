/** One large place: picture, name, small word, badge. There are one, or two side by side. */
import { t } from "./boot.js";
import { setText, show } from "./dom.js";
import { Picture } from "./picture.js";
import { setAvatar } from "./tile.js";

export class StagePlace {
  constructor(host) {
    this.host = host;
    this.picture = new Picture(host, host.querySelector("video"));
    this.shown = { peer: null, source: null, screen: false };
    const find = (selector) => host.querySelector(selector);
    this.parts = { plate: find(".nameplate"), badge: find(".badge"), name: find(".nameplate strong"), sub: find(".nameplate > span:last-child"),
      avatar: find(".placeholder .avatar"), note: find(".placeholder p") };
  }

  /** `facts`: {label, sub, note, badge, floor}; null: nobody. */
  draw(facts) {
    const { plate, badge, name, sub, avatar, note } = this.parts;
    show(plate, Boolean(facts.label));
    this.host.classList.toggle("is-screen", Boolean(this.shown.screen));
    this.host.classList.toggle("has-floor", Boolean(facts.floor));
    this.host.classList.toggle("picture-own", Boolean(facts.own));
    setText(name, facts.label);
    setText(sub, facts.sub);
    setText(note, facts.note);
    show(avatar, Boolean(facts.label));
    if (facts.label) setAvatar(avatar, facts.label);
    show(badge, Boolean(facts.badge));
    setText(badge, facts.badge);
  }

  /** What a place says of a peer (null: nobody). */
  factsOf(store, peer, starves) {
    if (!peer) return { label: "", sub: "", note: t("nobody_else"), badge: "", floor: false };
    const floor = store.room.floor === peer.peer;
    const badge = this.shown.screen ? t("shows_screen") : floor ? t("has_floor") : "";
    return { ...store.plate(peer), note: this.note(peer, starves), badge, floor, own: peer.peer === store.me.peer };
  }

  note(peer, starves) {
    if (peer.away_at) return t("is_away");
    if (!this.shown.screen && starves) return t("picture_waits");
    return peer.camera || this.shown.screen ? t("picture_coming") : t("camera_off");
  }
}
