/** Text with its addresses as links. Only http and https become links; nothing is ever taken as markup. */
import { make } from "../dom.js";

const ADDRESS = /https?:\/\/[^\s<>"'`]+/gi;
const AFTER = /[.,:;!?…)\]}»”]+$/;

/** Pieces of the text in order: plain text, or `{ text, href }`. */
export function pieces(text) {
  const found = [];
  let from = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = trimmed(match[0]);
    const href = safe(address);
    if (!href) continue;
    if (match.index > from) found.push(text.slice(from, match.index));
    found.push({ text: address, href });
    from = match.index + address.length;
  }
  if (from < text.length) found.push(text.slice(from));
  return found;
}

/** Punctuation of the sentence is no part of the address, a closing bracket only if it was opened there. */
function trimmed(address) {
  const short = address.replace(AFTER, "");
  const rest = address.slice(short.length);
  return short.includes("(") && rest.startsWith(")") ? `${short})` : short;
}

function safe(address) {
  try {
    const url = new URL(address);
    return ["http:", "https:"].includes(url.protocol) && url.hostname ? url.href : null;
  } catch {
    return null;
  }
}

/** The same as nodes. The other side learns nothing of this page, and opens in a tab of its own. */
export function linked(text) {
  return pieces(text).map((piece) => (typeof piece === "string" ? piece
    : make("a", { href: piece.href, target: "_blank", rel: "noopener noreferrer nofollow", referrerpolicy: "no-referrer" }, piece.text)));
}
