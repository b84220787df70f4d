/** The panel behind the sign of the connection: what goes out and comes in, in figures, and what a person can do about it. */
import { boot, t } from "./boot.js";
import { ICONS } from "./bar.js";
import { byId, setIcon, setText, show } from "./dom.js";
import { transportOf } from "./figures.js";

const NONE = "–";

function number(value, digits = 0, style = "decimal") {
  return new Intl.NumberFormat(boot.language, { style, maximumFractionDigits: digits }).format(value);
}

const percent = (share) => number(share, share < 0.1 ? 1 : 0, "percent");
const millis = (value) => t("number_ms", { number: number(value) });
const rate = (bits) => (bits >= 1e6 ? t("number_mbit", { number: number(bits / 1e6, 1) }) : t("number_kbit", { number: number(bits / 1e3) }));

export class ConnectionPanel {
  constructor({ quality, panel }) {
    Object.assign(this, { quality, panel });
    panel.addEventListener("change", () => this.draw());
  }

  /** After every measurement, and when the panel opens. */
  draw() {
    if (this.panel.view !== "connection") return;
    const { word, figures } = this.quality;
    byId("link-word").dataset.quality = word;
    setIcon(byId("link-word"), ICONS[word]);
    setText(byId("link-sentence"), t(`quality_${word}_detail`));
    show(byId("link-help"), word !== "good");
    this.direction("up", figures.up);
    this.direction("down", figures.down);
    this.drawPictures(figures.down);
    setText(byId("link-way"), this.words(figures.way));
  }

  direction(side, figures) {
    const values = { loss: [percent, "loss"], trip: [millis, "rtt_ms"], jitter: [millis, "jitter_ms"], rate: [rate, "bitrate"] };
    for (const [row, [words, name]] of Object.entries(values))
      setText(document.getElementById(`link-${side}-${row}`), figures ? words(figures[name]) : NONE);
  }

  drawPictures(down) {
    const { freezes } = this.quality;
    const size = down?.height && t("picture_size", { width: down.width, height: down.height, fps: number(down.fps) });
    setText(byId("link-picture"), size || t("picture_none"));
    setText(byId("link-freezes"), freezes ? t("froze_times", { number: number(freezes) }) : t("froze_never"));
    setText(byId("link-concealed"), down ? percent(down.concealed) : NONE);
  }

  words(way) {
    if (!way) return NONE;
    return t(way.type === "relay" ? "path_detour" : "path_direct", { transport: (transportOf(way) ?? "").toUpperCase() });
  }
}
