/**
 * Keeps one media connection alive: builds it, notices when it dies, restarts ICE when the network blinks, and builds it
 * anew when that does not help. Nothing here gives up; the pauses between attempts grow to two seconds.
 */

const PAUSES_MS = [0, 300, 700, 1200, 2000];
const SETUP_MS = 6000; // a connection that is not up by then is built anew
const BLINK_MS = 800; // "disconnected" often heals by itself
const RESTART_MS = 2500; // an ICE restart that has not helped by then never will

export class Link extends EventTarget {
  /**
   * `make()` gives a fresh connection (with `state`, `close()` and "state" events), `begin(connection)` sets it up,
   * `restart(connection)` restarts its ICE, `ready()` says whether the server can be asked now, `dropping()` comes just
   * before a connection is closed, and `failed(problem)` hears of every failed attempt.
   */
  constructor(parts) {
    super();
    Object.assign(this, parts, { connection: null, round: 0, attempts: 0, timer: null, wanted: false });
  }

  get up() {
    return this.connection?.state === "connected";
  }

  /** From now on there shall be a connection; build it when there is none that works. */
  ensure() {
    this.wanted = true;
    if (!this.connection) return this.rebuild();
    if (this.up || this.connection.state === "connecting" || this.connection.state === "new") return undefined;
    return this.blinked();
  }

  /** Build a new connection now, whatever the state of the old one. */
  async rebuild() {
    if (!this.wanted) return;
    const round = (this.round += 1);
    this.drop();
    if (!this.ready()) return; // `ensure` is called again when the server is back
    const connection = (this.connection = this.make());
    connection.addEventListener("state", () => round === this.round && this.changed());
    this.after(SETUP_MS, () => !this.up && this.again());
    try {
      await this.begin(connection);
    } catch (problem) {
      if (round === this.round) this.again(problem);
    }
  }

  /** After a failed attempt: tell, wait a little longer than the last time, try once more. */
  again(problem) {
    if (problem) this.failed(problem);
    const pause = PAUSES_MS[Math.min(this.attempts, PAUSES_MS.length - 1)];
    this.attempts += 1;
    this.round += 1;
    this.drop();
    this.after(pause, () => this.rebuild());
  }

  changed() {
    const { state } = this.connection;
    this.dispatchEvent(new Event("state"));
    if (state === "connected") {
      this.attempts = 0;
      clearTimeout(this.timer);
    } else if (state === "failed" || state === "closed") this.again();
    else if (state === "disconnected") this.after(BLINK_MS, () => this.blinked());
  }

  /**
   * The network blinked: new ICE credentials on the same connection, then, if that does not help, a new one. While the server does
   * not answer, the connection is kept: when its way comes back, sound and pictures do so at once, before anything was asked.
   */
  async blinked() {
    if (this.up || !this.connection || !this.ready()) return;
    const round = this.round;
    clearTimeout(this.timer);
    try {
      await this.restart(this.connection);
      if (round === this.round) this.after(RESTART_MS, () => !this.up && this.rebuild());
    } catch (problem) {
      if (round !== this.round) return;
      if (problem.code === "timeout") this.after(BLINK_MS, () => this.blinked());
      else this.again(problem);
    }
  }

  after(delay, act) {
    clearTimeout(this.timer);
    this.timer = setTimeout(act, delay);
  }

  drop() {
    clearTimeout(this.timer);
    if (this.connection) this.dropping();
    this.connection?.close();
    this.connection = null;
    this.dispatchEvent(new Event("state"));
  }

  /** No connection any more, and no attempts. */
  stop() {
    this.wanted = false;
    this.round += 1;
    this.drop();
  }
}
