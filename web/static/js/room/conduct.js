/** How the meeting is conducted on this page: who speaks and how long, the agenda, what everybody sees. Puts those parts together. */
import { Agenda } from "./agenda.js";
import { boot, t } from "./boot.js";
import { Chimes } from "./chimes.js";
import { FloorPrompt } from "./floor_prompt.js";
import { Hints } from "./hints.js";
import { Queue } from "./queue.js";
import { Rehearsal } from "./rehearsal.js";
import { RequestDialog } from "./request.js";
import { Sign } from "./sign.js";
import { SpeechClock } from "./speech_clock.js";
import { StageMenu } from "./stage_menu.js";
import { Still } from "./still.js";
import { toast } from "./toasts.js";

export class Conduct {
  constructor(call) {
    const { store, bar, pictures } = call;
    this.chimes = new Chimes();
    this.clock = new SpeechClock(store);
    this.clock.addEventListener("phase", ({ detail }) => (detail.mine || store.steers) && this.chimes.play(detail.phase));
    bar.addEventListener("ending", () => this.chimes.play("ending"));
    pictures.addEventListener("fixed", () => toast(t("stage_fixed")));
    this.request = new RequestDialog(call);
    this.queue = new Queue({ ...call, request: this.request });
    this.agenda = new Agenda(call);
    this.hints = new Hints(call);
    const rehearsal = boot.rehearsal ? [new Rehearsal(call)] : [];
    this.parts = [...rehearsal, this.queue, this.agenda, new StageMenu(call), new Sign(call), new Still(call), new FloorPrompt(call)];
  }

  draw() {
    for (const part of this.parts) part.draw();
    this.clock.tick();
  }

  /** Once a second. */
  second() {
    this.queue.drawSpoken();
    this.agenda.tick();
    this.hints.tick();
  }
}
