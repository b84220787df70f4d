// What a hall's door keeps in this browser: the list, which names people, for as long as the server allows, and what is not sent yet,
// which names nobody. The list goes with the sign-in; the service worker and its files go with the list.

const LIST = "list of ";
const WORKER = "/sessions/door-worker.js";
const ACTS_KEPT_MS = 7 * 24 * 3600 * 1000;
const CLOCK_WRONG_MS = 3600 * 1000;

/** The list of one door; `scope` is the door's address. */
export class KeptList {
  constructor(name, scope) {
    Object.assign(this, { key: `door ${LIST}${name}`, scope });
  }

  /** `{ list, at }`; null once it must not be kept any more. */
  read() {
    const kept = parsed(this.key);
    if (kept && fresh(kept)) return kept;
    if (kept) this.forget();
    return null;
  }

  write({ token: _token, ...list }) {
    if (!list.keeps_s) return this.forget();
    const now = Date.now();
    store(this.key, { list, scope: this.scope, at: now, until: now + list.keeps_s * 1000 });
  }

  forget() {
    store(this.key, null);
  }
}

/** Erase what is too old; everything but what waits to be sent, where nobody is signed in. */
export async function sweep(nobody) {
  const scopes = new Set();
  for (const key of Object.keys(localStorage).filter((one) => one.startsWith("door "))) {
    const kept = parsed(key);
    if (Array.isArray(kept)) keepActs(key, kept);
    else if (!nobody && kept && fresh(kept)) scopes.add(kept.scope);
    else store(key, null);
  }
  await dismiss(scopes);
}

/** Workers and files of doors that keep no list. */
async function dismiss(scopes) {
  if (!("serviceWorker" in navigator)) return;
  const over = (scope) => !scopes.has(new URL(scope).pathname);
  for (const one of await navigator.serviceWorker.getRegistrations()) {
    const script = (one.active ?? one.waiting ?? one.installing)?.scriptURL;
    if (script && new URL(script).pathname === WORKER && over(one.scope)) await one.unregister();
  }
  for (const name of await caches.keys()) {
    const [kind, , scope] = name.split(" ");
    if (kind === "door" && over(scope)) await caches.delete(name);
  }
}

function keepActs(key, acts) {
  const young = acts.filter((act) => Date.now() - Date.parse(act.at) < ACTS_KEPT_MS);
  if (young.length < acts.length) store(key, young.length ? young : null);
}

/** A clock that was put back does not bring a list to life again. */
const fresh = ({ at, until }) => Date.now() < until && Date.now() > at - CLOCK_WRONG_MS;

export function parsed(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

export function store(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // A browser that keeps nothing, or no more: the page goes on with what it holds.
  }
}
