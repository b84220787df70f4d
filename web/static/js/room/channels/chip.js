/** The sign that everybody sees: who interprets into which language now, and who into sign language. */
import { t } from "../boot.js";
import { icon, make } from "../dom.js";
import { airOf, LANGUAGES } from "./state.js";

/** One chip for the strip under the head; null where nobody interprets. */
export function interpretationChip(store) {
  const spoken = Object.keys(LANGUAGES).filter((language) => store.room.channels?.[language]);
  const parts = spoken.map((language) => part(store, language));
  const sign = store.peer(store.room.sign);
  if (sign) parts.push(make("span", {}, make("b", {}, t("sign_language")), ` ${store.label(sign)}`));
  return parts.length ? make("div", { class: "strip-chip strip-air" }, icon("translate"), make("div", {}, parts)) : null;
}

function part(store, language) {
  const { peer, state } = airOf(store, language);
  const words = state === "nobody" ? t("air_nobody") : [store.label(peer), state !== "on" && t(`air_${state}`)].filter(Boolean).join(" · ");
  return make("span", { "data-air": state }, make("b", { lang: language }, LANGUAGES[language]), ` ${words}`);
}
