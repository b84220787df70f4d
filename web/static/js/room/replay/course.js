/** The course of the session: every mark in words, the one passed last is the current one; a press goes there. */
import { localText, t } from "../boot.js";
import { bringUp, byId, clockTime, icon, make } from "../dom.js";

const KINDS = { agenda_moved: "agenda", item_closed: "agenda", vote_opened: "vote", vote_closed: "vote", vote_cancelled: "vote",
  doors_closed: "doors", doors_opened: "doors" };
const SIGNS = { session_opened: "door-open", session_closed: "stop-circle", agenda_moved: "list-ol", item_closed: "check-lg", floor_granted: "megaphone",
  vote_opened: "check2-square", vote_closed: "check2-all", vote_cancelled: "x-lg", roll_started: "list-check", roll_ended: "list-check",
  presence_check_started: "person-check", doors_closed: "lock-fill", doors_opened: "unlock", screen_started: "display", question_taken: "chat-left-text", chair_taken: "person-badge" };

export class Course {
  constructor({ store, player, recording }) {
    Object.assign(this, { store, player, recording, shown: null });
    byId("course").replaceChildren(...recording.marks.map((mark) => this.row(mark)));
    byId("player-marks").replaceChildren(...recording.marks.map((mark) => this.tick(mark)));
  }

  words(mark) {
    const { session } = this.recording;
    const name = this.store.nameOfPoint(mark.point) || mark.name;
    const values = { name, title: mark.title, number: mark.number ?? (mark.index ?? 0) + 1 };
    if (mark.type === "agenda_moved") values.title = localText(session.agenda[mark.index]?.title);
    if (mark.outcome) values.outcome = t(`outcome_${mark.outcome}`);
    return t(`course_${mark.type}`, values);
  }

  row(mark) {
    return make("li", {}, make("button", { type: "button", "data-key": `mark:${mark.seq}`, onclick: () => this.player.jumpTo(mark) },
      make("time", {}, clockTime(mark.at)), icon(SIGNS[mark.type]), make("span", {}, this.words(mark))));
  }

  tick(mark) {
    const { begins, ends } = this.recording;
    const place = make("i", { "data-kind": KINDS[mark.type] ?? "other" });
    place.style.left = `${(100 * (mark.time - begins)) / Math.max(1, ends - begins)}%`;
    return place;
  }

  draw() {
    const { passed } = this.player;
    if (passed === this.shown) return;
    this.shown = passed;
    [...byId("course").children].forEach((row, index) => {
      row.dataset.past = String(index <= passed);
      if (index === passed) row.setAttribute("aria-current", "step");
      else row.removeAttribute("aria-current");
    });
    bringUp(byId("course"));
  }
}
