/**
 * Low-connection mode: sound first, then a screen or a document, one large picture at a low rate, names instead of small pictures; little
 * is sent. Offered when the connection has been weak for a while, chosen by hand, and kept in this window until it is left.
 */
import { boot } from "./boot.js";
import { byId, show } from "./dom.js";

const REST_MS = 10 * 60_000; // whoever has declined is not asked again so soon
const THIN = ["thin", "audio"];
const KEY = `liaison.low.${boot.session}`;

export class LowMode {
  constructor({ media, pictures, papers, signal }) {
    Object.assign(this, { media, pictures, papers, signal, on: false });
    byId("low-switch").addEventListener("change", ({ target }) => this.choose(target.checked));
    for (const id of ["low-on", "link-spare"]) byId(id).addEventListener("click", () => this.choose(true));
    byId("low-off").addEventListener("click", () => this.choose(false));
    byId("low-close").addEventListener("click", () => this.decline());
  }

  get kept() {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
  }

  keep(what) {
    sessionStorage.setItem(KEY, JSON.stringify({ ...this.kept, ...what }));
  }

  /** After the first join: as this window had it; else a point whose line is known to be thin begins with it. */
  begin(link) {
    if (this.begun) return;
    this.begun = true;
    if (this.kept.on ?? THIN.includes(link)) this.set(true);
  }

  /** After each measurement; `lasting`: the connection has been weak for some seconds. */
  offer(lasting) {
    const asked = Date.now() < (this.kept.restUntil ?? 0);
    show(byId("low-note"), lasting && !this.on && !asked && this.signal.joined && this.media.state === "up");
  }

  decline() {
    this.keep({ restUntil: Date.now() + REST_MS });
    this.offer(false);
  }

  /** By hand. Who leaves it is not offered it again at once. */
  choose(on) {
    this.keep({ on, ...(on ? {} : { restUntil: Date.now() + REST_MS }) });
    return this.set(on);
  }

  async set(on) {
    this.on = on;
    byId("low-switch").checked = on;
    show(byId("low-strip"), on);
    this.pictures.low = on;
    this.papers.view.source.low = on;
    this.offer(false);
    this.pictures.draw();
    await this.media.setLow(on);
  }
}
