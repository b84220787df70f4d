/** Time of a replay: where it stands, how fast it goes. `event` for each event that is passed, `jump` when the state is another at once. */

export class Player extends EventTarget {
  constructor(recording) {
    super();
    Object.assign(this, { recording, at: recording.begins, count: 0, speed: 1, playing: false });
  }

  get over() {
    return this.at >= this.recording.ends;
  }

  /** Play from here, or from the beginning when it is over. */
  play() {
    if (this.over) this.jump(this.recording.begins);
    this.playing = true;
    this.changed();
  }

  pause() {
    this.playing = false;
    this.changed();
  }

  setSpeed(speed) {
    this.speed = speed;
    this.changed();
  }

  /** So many real milliseconds have passed. */
  pass(milliseconds) {
    if (!this.playing) return;
    const { events, ends } = this.recording;
    this.at = Math.min(ends, this.at + milliseconds * this.speed);
    for (const upto = this.recording.countAt(this.at); this.count < upto; this.count += 1)
      this.dispatchEvent(new CustomEvent("event", { detail: events[this.count] }));
    if (this.over) this.pause();
  }

  /** To a moment. */
  jump(time) {
    this.at = Math.min(this.recording.ends, Math.max(this.recording.begins, time));
    this.count = this.recording.countAt(this.at);
    this.dispatchEvent(new Event("jump"));
  }

  /** To just after an event: later ones of the same moment have not happened yet. */
  jumpTo(mark) {
    this.at = mark.time;
    this.count = this.recording.countOf(mark.seq);
    this.dispatchEvent(new Event("jump"));
  }

  /** The mark passed last, as its place in the list; -1: none yet. */
  get passed() {
    const seq = this.recording.events[this.count - 1]?.seq ?? 0;
    return this.recording.marks.findLastIndex((mark) => mark.seq <= seq);
  }

  /** To the next mark, or to the one before this moment. */
  step(by) {
    const { marks } = this.recording;
    const here = this.passed;
    const within = by < 0 && here >= 0 && this.at > marks[here].time; // first to the beginning of what is being shown
    const mark = marks[within ? here : here + by];
    if (mark) this.jumpTo(mark);
    else this.jump(by < 0 ? this.recording.begins : this.recording.ends);
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }
}
