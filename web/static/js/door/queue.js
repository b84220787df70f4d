// What was counted and is not sent yet, kept over a reload; acts have an id, so that sending again counts nothing twice.

const AGAIN_MS = 5000;

export class Queue {
  /** `heard({ outcomes, ...list })` after each answer, `changed()` whenever something waits or has left. */
  constructor(name, url, token, heard, changed) {
    Object.assign(this, { name, url, token, heard, changed, busy: false, refused: false });
    this.acts = read(name);
    setInterval(() => this.send(), AGAIN_MS);
    addEventListener("online", () => this.send());
  }

  add(act) {
    const made = { ...act, id: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`, at: new Date().toISOString() };
    this.keep([...this.acts, made]);
    this.send();
    return made;
  }

  keep(acts) {
    this.acts = acts;
    try {
      if (acts.length) localStorage.setItem(this.name, JSON.stringify(acts));
      else localStorage.removeItem(this.name);
    } catch {
      // A browser that keeps nothing: what waits lives as long as the page.
    }
    this.changed();
  }

  async send() {
    if (this.busy || !this.acts.length) return;
    this.busy = true;
    const sent = this.acts.slice(0, 200);
    try {
      const answer = await fetch(this.url, { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": this.token }, body: JSON.stringify({ acts: sent }) });
      this.refused = answer.status >= 400 && answer.status < 500;
      if (!answer.ok) throw new Error(String(answer.status));
      const said = await answer.json();
      const done = new Set(sent.map((act) => act.id));
      this.keep(this.acts.filter((act) => !done.has(act.id)));
      this.heard(said, sent);
    } catch {
      this.changed(); // The network is away: the next turn sends it.
    } finally {
      this.busy = false;
    }
    if (this.acts.length && navigator.onLine && !this.refused && sent.length === 200) this.send();
  }
}

function read(name) {
  try {
    const kept = JSON.parse(localStorage.getItem(name) ?? "[]");
    return Array.isArray(kept) ? kept : [];
  } catch {
    return [];
  }
}
