/**
 * Says every half minute that this page plays, so that viewers can be counted: by a random name that nobody keeps, neither
 * here nor there. The answer says whether there is a place.
 */
const EVERY_MS = 30_000;
const FULL = 503;

export class Presence {
  /** `url`: null where nobody is counted; `plays()`: {quality, sound} while something is played, else null; `refused()`: no place is left. */
  constructor(url, { plays, refused }) {
    Object.assign(this, { address: url && `${url}/here`, plays, refused });
    if (!url) return;
    this.id = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    setInterval(() => this.stay(), EVERY_MS);
    window.addEventListener("pagehide", () => this.leave());
  }

  body({ quality, sound }) {
    return new Blob([JSON.stringify({ id: this.id, quality, sound })], { type: "application/json" });
  }

  /** Whether one may play. Who cannot ask plays: the files will say what is wrong. */
  async enter(choice) {
    if (!this.address) return true;
    try {
      const { status } = await fetch(this.address, { method: "POST", body: this.body(choice), credentials: "omit" });
      return status !== FULL;
    } catch {
      return true;
    }
  }

  async stay() {
    const choice = this.plays();
    if (choice && !(await this.enter(choice))) this.refused();
  }

  /** The place is free for the next one. */
  leave() {
    navigator.sendBeacon(this.address, this.body({ quality: null, sound: "sound" }));
  }
}
