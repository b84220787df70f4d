// The desk of questions: keys go from one to the next and press its buttons, decisions are sent without leaving the page, and what is new
// appears by itself, but never under the hands of somebody who is typing.

const EVERY_MS = 4000;
const KEYS = { a: "approve", l: "live", w: "written", m: "merge", d: "decline" };
const desk = () => document.getElementById("desk");
const cards = () => [...document.querySelectorAll("[data-question]")];

function current() {
  return cards().findIndex((card) => card.contains(document.activeElement));
}

function focusOn(index) {
  const all = cards();
  all[Math.max(0, Math.min(index, all.length - 1))]?.focus();
}

function typing() {
  const field = document.activeElement;
  return Boolean(field?.matches("textarea, input, select")) || Boolean(desk().querySelector(".act[open]"));
}

/** Put the desk of a page that was loaded in place of this one. */
function put(html) {
  const index = current();
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("desk");
  if (!fresh) return;
  desk().replaceWith(fresh);
  if (index >= 0) focusOn(index);
}

async function send(form) {
  try {
    const response = await fetch(form.action, { method: "POST", body: new FormData(form) });
    const index = current();
    put(await response.text());
    if (index >= 0) focusOn(index);
  } catch {
    form.submit(); // The browser says what is the matter.
  }
}

async function look() {
  if (document.hidden) return;
  try {
    const response = await fetch(desk().dataset.news, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (!response.ok) return;
    const { mark } = await response.json();
    if (mark === desk().dataset.mark) return;
    if (typing()) {
      document.getElementById("desk-news").hidden = false;
      return;
    }
    put(await (await fetch(window.location.href)).text());
  } catch {
    // The next look tells.
  }
}

function press(card, act) {
  const folded = card.querySelector(`[data-act-open="${act}"]`);
  if (folded) {
    folded.open = true;
    folded.querySelector("textarea, input:not([type=hidden])").focus();
    return true;
  }
  const form = card.querySelector(`form[data-act="${act}"]`);
  form?.requestSubmit();
  return Boolean(form);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    const open = document.activeElement?.closest(".act[open]");
    if (!open) return;
    open.open = false;
    open.closest("[data-question]").focus();
    return;
  }
  if (document.activeElement?.matches("textarea, input, select")) return;
  const key = event.key.toLowerCase();
  if (key === "j" || key === "k") focusOn(current() + (key === "j" ? 1 : -1));
  else if (!(key in KEYS) || current() < 0 || !press(cards()[current()], KEYS[key])) return;
  event.preventDefault();
  event.stopPropagation();
}, true);

document.addEventListener("submit", (event) => {
  const form = event.target.closest("#desk form[data-act]");
  if (!form) return;
  event.preventDefault();
  event.stopPropagation();
  send(form);
}, true);

setInterval(look, EVERY_MS);
document.addEventListener("visibilitychange", look);
