/** The list of steps on the page: what each says, and what is read aloud. */
import { t } from "../room/boot.js";

export const root = document.querySelector("[data-self-test]");
const live = root.querySelector("[data-live]");
export const part = (name) => root.querySelector(`[data-${name}]`);

const element = (key) => root.querySelector(`[data-step="${key}"]`);

/** Show what is known of a step; `state` is waiting, running, good, warn or bad. What is decided is also read aloud. */
export function say(key, state, words) {
  const step = element(key);
  step.dataset.state = state;
  step.toggleAttribute("aria-current", false);
  if (state === "running") step.setAttribute("aria-current", "step");
  step.querySelector("[data-say]").textContent = words;
  if (!["waiting", "running"].includes(state)) aloud(`${step.querySelector("h2").textContent}: ${words}`);
}

export const aloud = (words) => { live.textContent = words; };

/** Everything as it was before the first step. */
export function reset() {
  for (const step of root.querySelectorAll("[data-step]")) say(step.dataset.step, "waiting", t("waiting"));
  part("ways").replaceChildren();
  part("result").replaceChildren();
  for (const name of ["own", "back", "meter", "heard", "progress"]) part(name).hidden = true;
}
