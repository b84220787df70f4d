/** A session seen again: the parts of the room that show, on a clock of their own, told by the record instead of the server. */
import { Agenda } from "../agenda.js";
import { Bar } from "../bar.js";
import { boot, clock, t } from "../boot.js";
import { byId, setIcon, setText, show } from "../dom.js";
import { Results } from "../order/results.js";
import { Strip } from "../order/strip.js";
import { VoteResult } from "../order/vote_result.js";
import { People } from "../people.js";
import { Pictures } from "../pictures.js";
import { Queue } from "../queue.js";
import { SlotTable } from "../slots.js";
import { SpeechClock } from "../speech_clock.js";
import { Store } from "../store.js";
import { banner } from "../toasts.js";
import { Controls } from "./controls.js";
import { Course } from "./course.js";
import { Player } from "./player.js";
import { Recording } from "./recording.js";

const TICK_MS = 100;
const READER = { peer: null, point: null, role: "reader", via: "wall", name: "" };

/** Whoever looks again is nobody in the room, and sees what was shown. */
class Seen extends Store {
  constructor(whole) {
    super();
    Object.assign(this, { whole, me: READER });
  }

  /** To an officer the room is empty while no device of the point saw it. */
  get outside() {
    return !this.whole && this.phase === "live" && Object.keys(this.room.peers).length === 0;
  }
}

/** No picture and no sound were kept: names stand for them. */
class NoMedia extends EventTarget {
  slots = new SlotTable();

  want() {}
}

/** Who is here, and who has the floor; nothing to press. */
class Here extends People {
  bind() {}

  draw() {
    this.drawFloor();
    this.drawHere();
    this.drawMissing();
  }
}

class Replay {
  constructor(recording) {
    this.recording = recording;
    this.player = new Player(recording);
    this.store = new Seen(recording.whole);
    this.media = new NoMedia();
    clock.now = () => this.player.at;
    this.pictures = new Pictures(this);
    this.people = new Here(this);
    this.result = new VoteResult(this);
    this.bar = new Bar(this.store);
    this.agenda = new Agenda(this);
    this.queue = new Queue({ ...this, request: null });
    this.clock = new SpeechClock(this.store);
    this.course = new Course(this);
    this.controls = new Controls(this);
    this.shown = [this.bar, new Strip(this), this.people, this.queue, this.agenda, new Results(this)];
    this.tabs();
    this.player.addEventListener("event", ({ detail }) => this.happened(detail));
    this.player.addEventListener("jump", () => this.jumped());
  }

  start() {
    document.body.dataset.phase = "start";
    this.jumped();
    let before = performance.now();
    setInterval(() => {
      const now = performance.now();
      this.player.pass(now - before);
      before = now;
      if (this.player.playing) this.second();
    }, TICK_MS);
  }

  jumped() {
    this.result.close();
    this.store.load(this.recording.stateAfter(this.player.count));
    this.draw();
    this.controls.draw();
  }

  happened(event) {
    this.store.patch(event.patch);
    if (event.type === "vote_opened") this.result.close();
    const over = event.type === "vote_closed" && this.store.room.votes.find((vote) => vote.vote === event.data.vote);
    if (over) this.result.show(over);
    this.dirty = true;
  }

  second() {
    if (this.dirty) this.draw();
    this.bar.tick();
    this.agenda.tick();
    this.controls.draw();
  }

  draw() {
    const { store } = this;
    this.dirty = false;
    document.body.dataset.phase = store.phase;
    this.pictures.active = true;
    for (const part of this.shown) part.draw();
    this.clock.tick();
    this.course.draw();
    show(byId("replay-outside"), store.outside);
    show(byId("stage"), !store.outside);
    this.pictures.draw();
  }

  tabs() {
    const names = ["course", "people"];
    const open = (name) => names.forEach((each) => {
      const tab = byId(`tab-${each}`);
      tab.setAttribute("aria-selected", String(each === name));
      tab.tabIndex = each === name ? 0 : -1;
      show(byId(`replay-${each}`), each === name);
    });
    for (const name of names) {
      byId(`tab-${name}`).addEventListener("click", () => open(name));
      byId(`tab-${name}`).addEventListener("keydown", (event) => {
        if (!["ArrowLeft", "ArrowRight"].includes(event.code)) return;
        const other = names[1 - names.indexOf(name)];
        open(other);
        byId(`tab-${other}`).focus();
      });
    }
  }
}

async function load(after) {
  const answer = await fetch(`${boot.log_url}?after=${after}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`the record is not given: ${answer.status}`);
  return answer.json();
}

/** A session that nobody entered has nothing to be seen again. */
function sayEmpty() {
  for (const id of ["player", "panel", "stage", "strip"]) show(byId(id), false);
  const card = byId("replay-outside");
  setIcon(card, "clock-history");
  setText(card.querySelector("h2"), t("replay_empty"));
  show(card.querySelector("p"), false);
  show(card, true);
}

async function begin() {
  const recording = new Recording(load);
  try {
    await recording.open();
  } catch (problem) {
    banner(t("replay_failed"), "");
    throw problem;
  }
  if (!recording.events.length) {
    return sayEmpty();
  }
  const replay = new Replay(recording);
  window.liaisonReplay = { state: () => ({ at: replay.player.at, count: replay.player.count, playing: replay.player.playing, room: replay.store.room }) };
  return replay.start();
}

await begin();
