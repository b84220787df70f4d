/** The secretary's roll call: point after point is called and marked; keys P, A, R and N do it without the mouse. */
import { t } from "../boot.js";
import { bringUp, byId, icon, make, redraw, setText, show } from "../dom.js";
import { invited, nextPoint, rollOn, seated } from "./state.js";

const SIGNS = { present: "check-lg", absent: "x-lg", represented: "person-check" };

export class RollPanel {
  constructor({ store, people }) {
    Object.assign(this, { store, people });
    const bind = (id, act) => byId(id).addEventListener("click", act);
    bind("roll-start", () => this.start());
    bind("roll-next", () => this.next());
    bind("roll-end", () => people.order("end_roll_call"));
    bind("roll-present", () => this.mark("present"));
    bind("roll-absent", () => this.mark("absent"));
    bind("roll-represented", () => this.askBy(byId("roll-by").hidden));
    byId("roll-by").addEventListener("submit", (event) => {
      event.preventDefault();
      this.represented();
    });
  }

  /** Which button a key presses while points are called. */
  get keys() {
    return rollOn(this.store.room) ? { KeyP: "roll-present", KeyA: "roll-absent", KeyR: "roll-represented", KeyN: "roll-next" } : {};
  }

  /** The first point is called as soon as the roll call has begun. */
  start() {
    this.starting = true;
    return this.people.order("start_roll_call");
  }

  next() {
    const point = nextPoint(this.store.room);
    return point && this.people.order("call_point", { point });
  }

  mark(mark, more = {}) {
    const point = this.store.room.roll?.current;
    this.askBy(false);
    return point && this.people.order("mark_point", { point, mark, ...more });
  }

  askBy(open) {
    show(byId("roll-by"), open);
    byId("roll-represented").setAttribute("aria-expanded", String(open));
    if (!open) return;
    const { current } = this.store.room.roll;
    const here = seated(this.store);
    const others = invited(this.store.room).filter((slug) => slug !== current && here.has(slug));
    byId("roll-by-point").replaceChildren(make("option", { value: "" }, t("roll_by_nobody")),
      ...others.map((slug) => make("option", { value: slug }, this.store.nameOfPoint(slug))));
    byId("roll-by-name").value = "";
    byId("roll-by-point").focus();
  }

  represented() {
    const by = byId("roll-by-point").value;
    const name = byId("roll-by-name").value.trim();
    this.mark("represented", { ...(by && { represented_by: by }), ...(name && { name }) });
    byId("roll-next").focus();
  }

  draw() {
    const { store } = this;
    const { roll } = store.room;
    const on = rollOn(store.room);
    if (on && this.starting) {
      this.starting = false;
      if (!roll.current) this.next();
    }
    const marks = roll?.marks ?? {};
    show(byId("roll-start"), !on);
    byId("roll-start").disabled = store.phase !== "live";
    for (const id of ["roll-end", "roll-next"]) show(byId(id), on);
    byId("roll-next").disabled = !on || !nextPoint(store.room);
    show(byId("roll-called"), on && Boolean(roll.current));
    show(byId("roll-count"), Boolean(roll));
    setText(byId("roll-count"), t("roll_count", { done: Object.keys(marks).length, all: invited(store.room).length }));
    if (on && roll.current) this.drawCalled(roll.current);
    redraw(byId("roll-points"), roll ? invited(store.room).map((slug) => this.row(slug, marks[slug], on, slug === roll.current)) : []);
    bringUp(byId("roll-points"));
  }

  drawCalled(slug) {
    if (this.called !== slug) this.askBy(false);
    this.called = slug;
    setText(byId("roll-name"), this.store.nameOfPoint(slug));
    setText(byId("roll-here"), t(seated(this.store).has(slug) ? "roll_is_here" : "roll_not_here"));
    const mark = this.store.room.roll.marks[slug]?.mark;
    for (const each of Object.keys(SIGNS)) byId(`roll-${each}`).setAttribute("aria-pressed", String(each === mark));
  }

  row(slug, mark, on, current) {
    const face = [make("span", { class: `mark mark-${mark?.mark ?? "none"}` }, icon(mark ? SIGNS[mark.mark] : "dot")),
      make("span", { class: "mark-name" }, this.store.nameOfPoint(slug)), make("span", { class: "mark-word" }, mark ? markWords(this.store, mark) : "")];
    const call = () => this.people.order("call_point", { point: slug });
    const body = on ? make("button", { type: "button", "data-key": `call:${slug}`, onclick: call }, face) : make("span", { class: "mark-row" }, face);
    return make("li", { class: current ? "is-now" : "", "aria-current": current ? "step" : null }, body);
  }
}

/** "present", "absent", "represented by Osh (A. Isakov)". */
export function markWords(store, { mark, by, name }) {
  if (mark !== "represented") return [t(`mark_${mark}`), name].filter(Boolean).join(" · ");
  const who = [by && store.nameOfPoint(by), name].filter(Boolean).join(", ");
  return who ? t("mark_represented_by", { who }) : t("mark_represented");
}
