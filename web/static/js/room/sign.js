/** The sign-language interpreter's picture in a corner, for those who switch it on. */
import { byId, setText, show } from "./dom.js";
import { remember, remembered } from "./devices.js";
import { Picture } from "./picture.js";

const SHARE = 0.34; // of the height of the place in whose corner it stands

export class Sign {
  constructor({ store, pictures }) {
    Object.assign(this, { store, pictures });
    this.picture = new Picture(byId("sign-picture"), byId("sign-picture").querySelector("video"));
    byId("sign-switch").checked = Boolean(remembered().sign);
    byId("sign-switch").addEventListener("change", ({ target }) => this.choose(target.checked));
    pictures.extras.push(this);
  }

  choose(on) {
    remember({ sign: on });
    this.draw();
    this.pictures.draw();
  }

  get peer() {
    return this.store.phase === "live" ? this.store.peer(this.store.room?.sign) : null;
  }

  /** The picture asked for, or null. */
  get want() {
    if (!byId("sign-switch").checked || !this.peer || this.peer.peer === this.store.me.peer) return null;
    const source = this.store.cameraOf(this.peer);
    return source ? { source, height: byId("floorplan").clientHeight * SHARE } : null;
  }

  show(slot) {
    const { want } = this;
    show(byId("sign-picture"), Boolean(want));
    this.picture.show(want ? slot : null, want?.source ?? null);
  }

  draw() {
    show(byId("sign-section"), Boolean(this.peer));
    if (this.peer) setText(byId("sign-name"), this.store.label(this.peer));
  }
}
