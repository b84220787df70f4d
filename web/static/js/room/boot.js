/**
 * What the page was rendered with: the session, who may join as what, addresses, and every visible word.
 * No other module reads the page's JSON block; no module holds a visible word of its own.
 */

const block = document.getElementById("room-boot");
export const boot = JSON.parse(block.textContent);

/** The text of `key` in the reader's language with its `%(name)s` places filled. */
export function t(key, values = {}) {
  const text = boot.strings[key];
  if (text === undefined) throw new Error(`no text named ${key}`);
  return text.replace(/%\((\w+)\)s/g, (_, name) => String(values[name] ?? ""));
}

/** The name of a point in the reader's language. */
export function pointName(slug) {
  return (slug && boot.points[slug]) || "";
}

/** A text by language from the server, in the reader's language or the network's order. */
export function localText(texts) {
  if (!texts) return "";
  if (typeof texts === "string") return texts;
  for (const code of [boot.language, ...boot.languages, ""]) if (texts[code]) return texts[code];
  return Object.values(texts).find(Boolean) ?? "";
}

const query = new URLSearchParams(location.search);

/** Whether `?name` stands in the address. */
export const flag = (name) => query.has(name) && query.get(name) !== "0";

/** The value of `?name` in the address, or null. */
export const option = (name) => query.get(name);

/** Milliseconds between this device's clock and the server's, set by every join; a replay has a clock (`now`) of its own. */
export const clock = { offset: 0, now: () => Date.now() + clock.offset };

/** The server's present time in milliseconds. */
export const serverNow = () => clock.now();
