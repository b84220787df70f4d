/**
 * Pages of documents as pictures. One is loaded at a time, the next one afterwards; a few are kept, so that leafing back costs nothing.
 * The token of one's place in the room goes along: whoever came in without an account sees them by it.
 */
import { boot } from "../boot.js";

const KEPT = 8;

export class PaperSource {
  /** `token()` gives the resume token of this place, or null. */
  constructor(token) {
    Object.assign(this, { token, low: false, kept: new Map(), loading: null });
  }

  address(document, page) {
    return `${boot.documents_url}/${encodeURIComponent(document)}/pages/${page}`;
  }

  /** The documents that this reader may see: {items, may_add}. */
  async list() {
    const answer = await this.fetch(boot.documents_url, { headers: { Accept: "application/json" } });
    return answer.json();
  }

  /** A page's picture as an address for `img`; null when another page is asked for meanwhile. */
  async picture(document, page) {
    try {
      return await this.get(document, page);
    } catch (problem) {
      if (problem.name === "AbortError") return null;
      throw problem;
    }
  }

  /** Load the page that probably comes next; nothing is lost when it cannot be had. */
  async prepare(document, page) {
    try {
      await this.get(document, page);
    } catch (problem) {
      if (problem.name !== "AbortError" && !problem.code && !(problem instanceof TypeError)) throw problem;
    }
  }

  /** Out of what is kept, or loaded; one that is on its way is waited for, another one on its way is given up. */
  get(document, page) {
    const key = this.key(document, page);
    if (this.kept.has(key)) return Promise.resolve(this.used(key));
    if (this.loading?.key === key) return this.loading.promise;
    this.loading?.control.abort();
    const control = new AbortController();
    const loading = { key, control, promise: this.load(key, document, page, control.signal) };
    this.loading = loading;
    loading.promise.catch(() => undefined).then(() => this.loading === loading && (this.loading = null));
    return loading.promise;
  }

  async load(key, document, page, signal) {
    const answer = await this.fetch(`${this.address(document, page)}${this.low ? "?small=1" : ""}`, { signal });
    this.kept.set(key, URL.createObjectURL(await answer.blob()));
    for (const old of [...this.kept.keys()].slice(0, -KEPT)) this.forget(old);
    return this.kept.get(key);
  }

  /** What a page says. */
  async text(document, page) {
    const answer = await this.fetch(`${this.address(document, page)}/text`, { headers: { Accept: "application/json" } });
    return (await answer.json()).text;
  }

  async fetch(address, { headers = {}, ...options } = {}) {
    const token = this.token();
    const answer = await fetch(address, { credentials: "same-origin", ...options, headers: { ...headers, ...(token ? { "Room-Token": token } : {}) } });
    if (!answer.ok) throw Object.assign(new Error(`status ${answer.status}`), { code: answer.status });
    return answer;
  }

  key(document, page) {
    return `${document}/${page}${this.low ? "/small" : ""}`;
  }

  used(key) {
    const found = this.kept.get(key);
    this.kept.delete(key);
    this.kept.set(key, found);
    return found;
  }

  forget(key) {
    URL.revokeObjectURL(this.kept.get(key));
    this.kept.delete(key);
  }
}
