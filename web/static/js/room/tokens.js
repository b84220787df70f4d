/** Ways through the door: a fresh join token from our own server, and the resume token of this window. */
import { boot } from "./boot.js";
import { NoAnswer, Refused } from "./signal.js";

/** Ask our server for a join token in the chosen way; throws Refused or NoAnswer. */
export async function freshToken(fields) {
  let answer;
  try {
    answer = await fetch(boot.token_url, {
      method: "POST", body: new URLSearchParams(fields), credentials: "same-origin",
      headers: { "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content, Accept: "application/json" },
    });
  } catch (problem) {
    throw Object.assign(new NoAnswer("token"), { cause: problem });
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok && answer.status >= 500 && body.code !== "room_full") throw new NoAnswer("token");
  if (!answer.ok) throw new Refused({ code: "unknown", ...body });
  return body.token;
}

/** This window's memory of its place in the session; a reload comes back into it, a closed window forgets it (not so in `localStorage`). */
export function windowMemory(suffix = "", storage = sessionStorage) {
  const key = `liaison.place.${boot.session}${suffix}`;
  const read = () => JSON.parse(storage.getItem(key) ?? "{}");
  const write = (value) => storage.setItem(key, JSON.stringify(value));
  return {
    get: () => read().resume ?? null,
    set: (resume) => write({ ...read(), resume }),
    keep: (choice) => write({ ...read(), choice }),
    choice: () => read().choice ?? null,
    clear: () => write({ choice: read().choice }),
    forget: () => storage.removeItem(key),
  };
}
