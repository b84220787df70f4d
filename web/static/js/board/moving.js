// A session is moved: by mouse or finger on its block or handle, or picked up with Enter, moved with the arrow keys and put down
// with Enter. While it is under way the server looks whether its points are free there; putting it down asks first.
import { debounce } from "../booking/texts.js";

const LOOK_MS = 150;
const THRESHOLD_PX = 6;
const DAY_MINUTES = 24 * 60;
const STEP_MINUTES = 15;

export function moving(table, texts) {
  const week = table.dataset.view === "week";
  const panel = document.querySelector("[data-move-panel]");
  const part = (name) => document.querySelector(`[data-${name}]`);
  const dialog = document.getElementById("move-dialog");
  let move = null;

  const blocksOf = (session) => [...table.querySelectorAll(`[data-session="${session}"]`)];
  const stepMinutes = week ? DAY_MINUTES : STEP_MINUTES;

  /** Pixels of one step: a day's two columns, or a quarter of an hour's. */
  function stepWidth() {
    const width = table.querySelector("tbody td").getBoundingClientRect().width;
    return week ? width * 2 : width / (60 / STEP_MINUTES);
  }

  function pickUp(block, how) {
    move = { block, how, session: block.dataset.session, minutes: 0, look: null, from: document.activeElement };
    for (const one of blocksOf(move.session)) one.classList.add("is-moving");
    part("move-title").textContent = block.dataset.title;
    panel.hidden = false;
    shift(0);
  }

  function shift(minutes) {
    move.minutes = minutes;
    move.look = null;
    const pixels = (minutes / stepMinutes) * stepWidth();
    for (const one of blocksOf(move.session)) one.style.setProperty("translate", `${pixels}px`);
    verdict("is-checking", texts.checking);
    look();
  }

  function verdict(state, ...lines) {
    panel.classList.remove("is-free", "is-taken", "is-checking");
    panel.classList.add(state);
    part("move-verdict").replaceChildren(...lines.map((line) => Object.assign(document.createElement("p"), { textContent: line })));
  }

  async function ask() {
    const mine = move;
    if (!mine) return null;
    const minutes = mine.minutes;
    const body = new URLSearchParams({ session_id: mine.session, minutes: String(minutes) });
    try {
      const response = await send(table.dataset.check, "POST", body);
      const found = await response.json();
      if (!response.ok) throw new Error(found.detail);
      if (move === mine && mine.minutes === minutes) tell(found);
      return found;
    } catch (error) {
      if (move === mine) verdict("is-taken", error.message || texts.failed);
      return null;
    }
  }

  const look = debounce(ask, LOOK_MS);

  function tell(found) {
    move.look = found;
    part("move-when").textContent = found.when;
    if (found.wrong.length) verdict("is-taken", ...found.wrong);
    else if (found.taken.length) verdict("is-taken", texts.taken, ...found.taken);
    else verdict("is-free", texts.free);
  }

  function send(url, method, body, headers = {}) {
    return fetch(url, { method, body, headers: { Accept: "application/json", "X-CSRFToken": table.dataset.token, ...headers } });
  }

  function putBack() {
    if (!move) return;
    for (const one of blocksOf(move.session)) {
      one.classList.remove("is-moving");
      one.style.removeProperty("translate");
    }
    panel.hidden = true;
    move.from?.focus?.();
    move = null;
  }

  async function putDown() {
    const mine = move;
    if (mine.minutes === 0) return putBack();
    const found = mine.look ?? await ask();
    if (move !== mine || !found) return undefined;
    if (found.taken.length || found.wrong.length) {
      if (mine.how === "pointer") setTimeout(() => { if (move === mine) putBack(); }, 4000);
      return undefined;
    }
    part("dialog-title").textContent = mine.block.dataset.title;
    part("dialog-when").textContent = found.when;
    part("dialog-told").textContent = found.told;
    part("dialog-silent").hidden = found.silent.length === 0;
    part("dialog-silent-list").replaceChildren(...found.silent.map((name) => Object.assign(document.createElement("li"), { textContent: name })));
    dialog.returnValue = "";
    dialog.showModal();
    return undefined;
  }

  dialog.addEventListener("close", async () => {
    const mine = move;
    if (!mine) return;
    if (dialog.returnValue !== "yes") return putBack();
    const response = await send(table.dataset.sessions + mine.session, "PATCH", JSON.stringify({ starts_at: mine.look.starts_at }),
      { "Content-Type": "application/json", "If-Match": `"${mine.block.dataset.version}"` });
    if (response.ok) return done();
    const problem = await response.json().catch(() => ({}));
    verdict("is-taken", problem.detail ?? texts.failed, problem.remedy ?? "");
    return undefined;
  });

  function done() {
    sessionStorage.setItem("liaison.board.moved", "1");
    location.reload();
  }

  function ofKeyboard(event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: 0, ArrowDown: 0 }[event.key];
    const pace = event.shiftKey && !week ? 60 / STEP_MINUTES : 1;
    if (steps !== undefined) shift(move.minutes + steps * pace * stepMinutes);
    else if (event.key === "Enter") putDown();
    else if (event.key === "Escape") putBack();
    else return;
    event.preventDefault();
  }

  table.addEventListener("keydown", (event) => {
    if (move) return ofKeyboard(event);
    const grip = event.target.closest(".grip");
    if (!grip || event.key !== "Enter") return undefined;
    event.preventDefault();
    pickUp(grip.closest("[data-movable]"), "keyboard");
    return undefined;
  }, true);
  document.addEventListener("keydown", (event) => { if (move && event.key === "Escape" && !dialog.open) putBack(); });

  table.addEventListener("pointerdown", (event) => {
    const block = event.target.closest("[data-movable]");
    // A finger moves a session by its handle only: elsewhere it scrolls the board.
    if (!block || event.button !== 0 || (event.pointerType !== "mouse" && !event.target.closest(".grip"))) return;
    if (move) putBack();
    drag(event, block);
  });

  function drag(down, block) {
    const end = new AbortController();
    const options = { signal: end.signal };
    addEventListener("pointermove", (event) => {
      if (event.pointerId !== down.pointerId) return;
      const away = event.clientX - down.clientX;
      if (!move && Math.hypot(away, event.clientY - down.clientY) > THRESHOLD_PX) pickUp(block, "pointer");
      const minutes = Math.round(away / stepWidth()) * stepMinutes;
      if (move && minutes !== move.minutes) shift(minutes);
    }, options);
    addEventListener("pointerup", () => { end.abort(); if (move?.how === "pointer") putDown(); }, options);
    addEventListener("pointercancel", () => { end.abort(); putBack(); }, options);
  }

  // The end of a drag is no click on the session's link; a click on a free hour begins a session there.
  table.addEventListener("click", (event) => {
    if (move || event.target.closest("a, button")) {
      if (move) event.preventDefault();
      return;
    }
    begin(event.target.closest("td"));
  }, true);
  table.addEventListener("keydown", (event) => {
    if (!move && event.key === "Enter" && event.target.matches("td")) begin(event.target);
  });

  function begin(cell) {
    if (!cell || cell.matches(".is-busy")) return;
    const { date, time } = cell.dataset;
    location.assign(`${table.dataset.new}?${new URLSearchParams({ date, time, points: cell.closest("tr").dataset.point })}`);
  }

  if (sessionStorage.getItem("liaison.board.moved")) {
    sessionStorage.removeItem("liaison.board.moved");
    const told = part("moved");
    told.textContent = texts.moved;
    told.hidden = false;
  }
}
