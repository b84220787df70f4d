/** Short notices that come and go, and the large banner while the connection is away. */
import { t } from "./boot.js";
import { byId, icon, make, setText, show } from "./dom.js";

const STAY_MS = 7000;
const SIGNS = { info: "info-circle-fill", warn: "exclamation-triangle-fill", bad: "exclamation-circle-fill", good: "check-circle-fill" };
const MOST = 4;

/** Say something. `act`: {word, run} adds a button; `stay`: until closed. */
export function toast(text, { look = "info", act = null, stay = false } = {}) {
  const box = byId("toasts");
  const close = () => element.remove();
  const button = act && make("button", { type: "button", class: "btn btn-small", onclick: () => { close(); act.run(); } }, act.word);
  const element = make("div", { class: `toast toast-${look}` }, icon(SIGNS[look]), make("p", {}, text), button,
    make("button", { type: "button", class: "toast-close", "aria-label": t("close"), onclick: close }, icon("x-lg")));
  while (box.childElementCount >= MOST) box.firstElementChild.remove();
  box.append(element);
  if (!stay) setTimeout(close, STAY_MS);
  return close;
}

/** The server refused something: its own sentence, which is in the reader's language already. */
export function toastProblem(problem) {
  const { detail, title, remedy } = problem.problem ?? {};
  const text = [detail || title, remedy].filter(Boolean).join(" ");
  toast(text || t("did_not_work"), { look: "warn" });
}

/** The large banner over the room; null takes it away. */
export function banner(title, detail = "") {
  show(byId("banner"), Boolean(title));
  if (!title) return;
  setText(byId("banner-title"), title);
  setText(byId("banner-detail"), detail);
}
