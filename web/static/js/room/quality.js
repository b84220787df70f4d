/**
 * How good the connection is, in a word and in figures. `measure()` is called every few seconds and compares with the last
 * time.
 */
import { DrawLoad } from "./draw_load.js";
import { collect, Since } from "./figures.js";

const POOR_FOR = 3; // measurements in a row before the person is bothered
const SETTLING_MS = 8000; // a connection that is only being built says nothing of the line

/** Loss 0…1, rtt in ms → "good" | "fair" | "poor". */
export function grade({ loss, rtt, flowing }) {
  if (!flowing || loss > 0.08 || rtt > 900) return "poor";
  return loss > 0.025 || rtt > 350 ? "fair" : "good";
}

export class Quality {
  /** `large()` gives the mid of the slot that carries the large picture, or nothing. */
  constructor(media, large = () => null) {
    Object.assign(this, { media, large, since: new Since(), at: performance.now(), begun: performance.now(), word: "good", poorCount: 0, freezes: 0, figures: {} });
    this.drawLoad = new DrawLoad(navigator.hardwareConcurrency || 2);
  }

  /** Returns {word, rtt, loss, lasting, figures}: `lasting` when it has been poor for a while; `figures` as `collect`. */
  async measure() {
    const reports = [];
    for (const [name, link] of this.media.links) {
      const { connection } = link;
      if (connection && link.up) reports.push([name, await connection.stats()]);
    }
    const now = performance.now();
    this.seconds = (now - this.at) / 1000;
    this.figures = collect(reports, this.since, this.seconds, this.large());
    this.at = now;
    this.freezes += this.figures.down?.freezes ?? 0;
    return this.judge();
  }

  /** How many small pictures this PC can draw, of `shown` that it draws now; null: all. */
  mostPictures(shown) {
    const { drawn, down } = this.figures;
    if (document.hidden) return this.drawLoad.limit; // nothing is drawn then, and nothing learnt
    return drawn ? this.drawLoad.take({ ...drawn, loss: down?.loss ?? 0, seconds: this.seconds, shown }) : null;
  }

  judge() {
    const sides = [this.figures.up, this.figures.down].filter(Boolean);
    const [loss, rtt] = ["loss", "rtt_ms"].map((name) => Math.max(0, ...sides.map((side) => side[name])));
    const settling = this.at - this.begun < SETTLING_MS;
    this.word = settling ? "good" : grade({ loss, rtt, flowing: this.media.state !== "building" });
    this.poorCount = this.word === "poor" ? this.poorCount + 1 : 0;
    return { word: this.word, rtt, loss, lasting: this.poorCount >= POOR_FOR, figures: this.figures };
  }
}
