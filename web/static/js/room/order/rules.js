/** The rules of the room: who waits outside, what everybody may do, and closed items. */
import { t } from "../boot.js";
import { byId, confirmAct, icon, make, redraw, setText, show } from "../dom.js";

const CHOICES = ["speak", "share", "video", "chat", "files"];
const SWITCHES = ["lobby", "locked"];

export class RulesPanel {
  constructor({ store, people }) {
    Object.assign(this, { store, people });
    for (const name of CHOICES) this.listen(name, (input) => input.value);
    for (const name of SWITCHES) this.listen(name, (input) => input.checked);
    const bind = (id, act) => byId(id).addEventListener("click", act);
    bind("admit-all", () => people.order("admit"));
    bind("hold-all", () => this.holdAll());
    bind("doors-open", () => people.order("open_doors"));
    bind("doors-close", () => this.closeDoors());
    byId("doors-all").addEventListener("change", ({ target }) => show(byId("doors-list"), !target.checked));
  }

  listen(name, value) {
    const input = byId(`right-${name}`);
    input.addEventListener("change", async () => {
      await this.people.order("set_rights", { [name]: value(input) });
      this.draw(); // a refusal leaves the rule as it was, and so must the form
    });
  }

  async holdAll() {
    if (await confirmAct(t("hold_question"), t("hold_detail"), t("hold_do"))) await this.people.order("hold");
  }

  async closeDoors() {
    const all = byId("doors-all").checked;
    const points = [...byId("doors-list").querySelectorAll("input:checked")].map((input) => input.value);
    const question = all ? t("doors_question") : t("doors_question_some", { count: points.length });
    if (await confirmAct(question, t("doors_detail"), t("doors_do"))) await this.people.order("close_doors", all ? {} : { points });
  }

  draw() {
    const { store } = this;
    const { rights } = store.room;
    for (const id of ["rights-section", "doors-section"]) show(byId(id), store.steers);
    for (const name of CHOICES) if (document.activeElement !== byId(`right-${name}`)) byId(`right-${name}`).value = rights[name];
    for (const name of SWITCHES) byId(`right-${name}`).checked = rights[name];
    this.drawWaiting();
    this.drawDoors();
  }

  drawWaiting() {
    const { store } = this;
    const waiting = Object.values(store.room.peers).filter((peer) => peer.held);
    setText(byId("waiting-count"), String(waiting.length));
    show(byId("waiting-count"), waiting.length > 0);
    show(byId("admit-all"), waiting.length > 1);
    redraw(byId("waiting-list"), waiting.length ? waiting.map((peer) => this.waiting(peer)) : [make("li", { class: "muted" }, t("nobody_waits"))]);
  }

  waiting(peer) {
    const name = this.store.label(peer);
    return make("li", { class: "person" },
      make("div", { class: "person-name" }, make("strong", {}, name), make("span", {}, this.store.sublabel(peer) || t(`role_${peer.role}`))),
      make("button", { type: "button", class: "btn btn-small btn-warm", "data-key": `admit:${peer.peer}`, "aria-label": t("let_in_name", { name }),
        onclick: () => this.people.order("admit", { peer: peer.peer }) }, icon("door-open"), t("let_in")));
  }

  drawDoors() {
    const { store } = this;
    const { closed_item: closed, session } = store.room;
    const live = store.phase === "live";
    show(byId("doors-open"), Boolean(closed));
    for (const id of ["doors-points", "doors-close"]) show(byId(id), !closed);
    byId("doors-close").disabled = !live;
    const names = (closed?.points ?? []).map((slug) => store.nameOfPoint(slug)).join(", ");
    setText(byId("doors-state"), !closed ? t("doors_hint") : closed.points ? t("doors_some_stay", { names }) : t("doors_all_stay"));
    if (this.listed === session.points.length) return;
    this.listed = session.points.length;
    byId("doors-list").replaceChildren(...session.points.map((point) => make("label", { class: "switch" },
      make("input", { type: "checkbox", value: point.slug }), make("span", {}, store.nameOfPoint(point.slug)))));
  }
}
