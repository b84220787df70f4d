/**
 * How many small pictures this PC can draw. When its decoders cannot keep up, fewer are asked for: sound and the large picture
 * come first. Pure bookkeeping; `take` gets what getStats counted since the last time.
 */

const STEPS = [16, 9, 4, 1, 0]; // small pictures with a picture; the others show their names
const DROPPED = 0.12; // share of the frames that came and were not drawn
const BUSY = 0.75; // share of all cores' time that decoding takes
const LOSSLESS = 0.01; // above this the link is at fault, and the server's business
const FEWEST = 30; // frames; of fewer nothing can be said
const PATIENCE = 2; // readings in a row
const CALM_S = 60; // without trouble before one step more is tried
const LONGEST_CALM_S = 900;

export class DrawLoad {
  /** `cores`: of this PC. `limit` is null while everything is drawn. */
  constructor(cores = 2) {
    Object.assign(this, { cores, limit: null, over: 0, calm: 0, wait: CALM_S, raisedAgo: Infinity });
  }

  /** {decoded, dropped} frames, seconds of decoding, loss 0…1, `seconds` since the last reading, `shown` small pictures → limit. */
  take({ decoded, dropped, decoding, loss, seconds, shown }) {
    this.raisedAgo += seconds;
    if (this.overloaded({ decoded, dropped, decoding, loss, seconds })) this.trouble(shown);
    else this.peace(seconds);
    return this.limit;
  }

  overloaded({ decoded, dropped, decoding, loss, seconds }) {
    const came = decoded + dropped;
    if (came < FEWEST) return false;
    return decoding > BUSY * this.cores * seconds || (dropped / came > DROPPED && loss < LOSSLESS);
  }

  trouble(shown) {
    this.over += 1;
    this.calm = 0;
    if (this.over < PATIENCE) return;
    this.over = 0;
    if (this.raisedAgo < CALM_S) this.wait = Math.min(LONGEST_CALM_S, this.wait * 2); // the last step up was too much
    this.limit = STEPS.find((step) => step < Math.min(shown, this.limit ?? Infinity)) ?? 0;
  }

  peace(seconds) {
    this.over = 0;
    if (this.limit === null) return;
    this.calm += seconds;
    if (this.calm < this.wait) return;
    const more = STEPS.indexOf(this.limit) - 1;
    Object.assign(this, { calm: 0, raisedAgo: 0, limit: more < 0 ? null : STEPS[more] });
  }
}
