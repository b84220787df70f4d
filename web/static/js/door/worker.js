// The service worker of one hall's door: opens its page without a network, from files and a page that name nobody; the list lies with the
// page (kept.js). In front of this the server writes KEPT: version, files, decoder (web/door_worker.py).

const SOON_MS = 4000;
const { scope } = self.registration;
const DOOR = new URL(scope).pathname;
const PAGE = `${DOOR}/kept`;
const NAME = `door ${KEPT.version} ${scope}`;
const openedHere = new Set(); // pages that came from what is kept: their files do, too

self.addEventListener("install", (event) => {
  event.waitUntil(keepFiles().then(keepPage).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOlder().then(() => self.clients.claim()));
});

self.addEventListener("message", (event) => {
  if (event.data === "decoder") event.waitUntil(keepDecoder());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate" && pathname === DOOR) event.respondWith(page(event));
  else if (KEPT.files.includes(pathname) || pathname === KEPT.decoder) event.respondWith(file(event));
});

async function keepFiles() {
  const cache = await caches.open(NAME);
  await cache.addAll(KEPT.files.map((url) => new Request(url, { cache: "no-cache" })));
}

/** As it is now: in the reader's language, of this version. */
async function keepPage() {
  const answer = await fetch(PAGE, { cache: "no-store", redirect: "error" });
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  await (await caches.open(NAME)).put(PAGE, answer);
}

async function keepDecoder() {
  const cache = await caches.open(NAME);
  if (!(await cache.match(KEPT.decoder))) await cache.add(new Request(KEPT.decoder, { cache: "no-cache" }));
}

async function forgetOlder() {
  const mine = (await caches.keys()).filter((name) => name.startsWith("door ") && name.endsWith(` ${scope}`));
  await Promise.all(mine.filter((name) => name !== NAME).map((name) => caches.delete(name)));
}

/** From the network, if it answers soon. Who is sent to sign in, or refused, has nothing kept any more. */
async function page(event) {
  const cache = await caches.open(NAME);
  const kept = await cache.match(PAGE);
  const answer = await soon(fetch(event.request), kept);
  if (answer === kept) openedHere.add(event.resultingClientId);
  else event.waitUntil(answer.ok ? keepPage().catch(() => null) : answer.status < 500 && cache.delete(PAGE));
  return answer;
}

async function file(event) {
  const kept = await (await caches.open(NAME)).match(event.request.url);
  return kept && openedHere.has(event.clientId) ? kept : soon(fetch(event.request), kept);
}

/** The network's answer; what is kept, if there is something, when that takes long or is none. */
async function soon(asked, kept) {
  if (!kept) return asked;
  const late = new Promise((done) => { setTimeout(done, SOON_MS, kept); });
  const answer = await Promise.race([asked.catch(() => kept), late]);
  return answer.status >= 500 ? kept : answer;
}
