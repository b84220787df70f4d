/** Quorum and presence checks, for those who conduct; what everybody sees of them is in strip.js and presence.js. */
import { t } from "../boot.js";
import { byId, make, redraw, setText, show } from "../dom.js";
import { toast } from "../toasts.js";
import { checkOn, pointsHere } from "./state.js";

export class QuorumPanel {
  constructor({ store, people }) {
    Object.assign(this, { store, people });
    byId("quorum-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const need = Number(byId("quorum-need").value);
      if (Number.isInteger(need) && need >= 1) people.order("set_quorum", { need });
      else toast(t("whole_number"), { look: "warn" });
    });
    byId("quorum-none").addEventListener("click", () => people.order("set_quorum", { need: null }));
    byId("check-now").addEventListener("click", () => people.order("start_presence_check"));
    byId("check-every").addEventListener("change", ({ target }) => people.order("set_presence_checks", { minutes: Number(target.value) || null }));
  }

  draw() {
    const { store } = this;
    const { quorum, check, session, checks_minutes: minutes } = store.room;
    const has = pointsHere(store).length;
    const all = session.points.length;
    setText(byId("quorum-state"), quorum ? t(has >= quorum.need ? "quorum_is" : "quorum_is_not", { has, need: quorum.need, all }) : t("quorum_none", { has, all }));
    show(byId("quorum-none"), Boolean(quorum));
    this.suggest(quorum?.need ?? Math.floor(all / 2) + 1);
    this.every(minutes);
    this.drawCheck(check);
  }

  suggest(need) {
    if (this.suggested !== need && document.activeElement !== byId("quorum-need")) byId("quorum-need").value = need;
    this.suggested = need;
  }

  every(minutes) {
    const select = byId("check-every");
    const value = String(minutes ?? "");
    if (![...select.options].some((option) => option.value === value)) select.append(make("option", { value }, t("check_every", { minutes })));
    if (document.activeElement !== select) select.value = value;
  }

  drawCheck(check) {
    const { store } = this;
    const on = checkOn(store.room);
    byId("check-now").disabled = on || store.phase !== "live";
    const missing = check ? check.asked.filter((slug) => !check.answered[slug]) : [];
    const values = { done: check ? Object.keys(check.answered).length : 0, all: check?.asked.length ?? 0 };
    setText(byId("check-state"), check ? t(on ? "check_going_on" : missing.length ? "check_missing" : "check_all", values) : t("check_none"));
    redraw(byId("check-missing"), missing.map((slug) => make("li", { class: "person" }, make("strong", {}, store.nameOfPoint(slug)))));
  }
}
