/** The large banner: says when the connection is away, and that it comes back by itself. */
import { t } from "./boot.js";
import { drawQuality } from "./bar.js";
import { banner, toast } from "./toasts.js";

const PATIENCE_MS = 900; // a blink is not worth frightening anybody
const LONG_MS = 20_000;

export class LinkState {
  constructor({ signal, media }) {
    Object.assign(this, { signal, media, since: null, shown: false, first: true });
    for (const name of ["joined", "lost"]) signal.addEventListener(name, () => this.look());
    media.addEventListener("state", () => this.look());
    setInterval(() => this.look(), 500);
  }

  get away() {
    if (this.signal.ended) return null;
    if (!this.signal.joined) return "signal";
    return this.media.state === "building" ? "media" : null;
  }

  look() {
    const { away } = this;
    const now = performance.now();
    if (!away) {
      if (this.shown && !this.first) toast(t("back_again"), { look: "good" });
      Object.assign(this, { since: null, shown: false, first: false });
      banner(null);
      return;
    }
    if (this.first && this.signal.joined) return; // the first set-up is not a loss
    this.since ??= now;
    if (now - this.since < PATIENCE_MS) return;
    this.shown = true;
    if (away === "signal") drawQuality("lost");
    const long = now - this.since > LONG_MS;
    if (away === "signal") banner(t("reconnecting"), long ? t("reconnecting_long") : t("reconnecting_detail"));
    else banner(t("media_again"), long ? t("reconnecting_long") : t("media_again_detail"));
  }
}
