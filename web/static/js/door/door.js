// The door of a hall: tickets are looked up in the list that the page holds, so that it works without a network; what is counted goes to
// the queue, and the list comes anew with each answer.

import { KeptList, sweep } from "./kept.js";
import { EMPTY, present } from "./list.js";
import { keepPage } from "./offline.js";
import { Queue, ask } from "./queue.js";
import { Scanner, codeOf } from "./scan.js";
import { allowSound, signal } from "./signals.js";

const EVERY_MS = 15000;
const MOST_SHOWN = 200;
const MOST_OF_A_TICKET = 6;
const SHUT = new Set(["signed_out", "barred"]);
const WRONG = new Set(["unknown", "given_back", "elsewhere", "other_session"]);
const root = document.getElementById("door");
const words = JSON.parse(document.getElementById("door-words").textContent);
const part = (name) => root.querySelector(`[data-door=${name}]`);
const code = part("code");
const fill = (text, facts = {}) => text.replace(/%\((\w+)\)s/g, (_whole, name) => facts[name]);
const hours = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: root.dataset.zone });
const clock = (at) => hours.format(new Date(at));

const kept = new KeptList(root.dataset.kept, root.dataset.scope);
const told = JSON.parse(root.dataset.list);
const state = { list: EMPTY, at: 0, until: 0, erased: false };
const last = { act: null, asked: "" };
const queue = new Queue(root.dataset.kept, root.dataset.url, heard, draw);

/** The list as the server tells it now; without its tickets where the page has them already. */
function take(said) {
  if (!said.tickets && said.mark !== state.list.mark) return;
  const list = { ...state.list, ...said };
  Object.assign(state, { list, at: Date.now(), until: Date.now() + list.keeps_s * 1000, erased: false });
  queue.token = list.token;
  kept.write(list);
}

/** Nothing of it is shown any more: its time is over, or whoever holds the telephone may not see it. */
function forget() {
  kept.forget();
  Object.assign(state, { list: EMPTY, at: 0 });
}

function say(look, title, text = "", { act = null, asked = "" } = {}) {
  part("result").className = `door-result door-${look}`;
  part("title").textContent = title;
  part("text").textContent = text;
  Object.assign(last, { act, asked });
  part("undo").hidden = !act;
  part("anyway").hidden = !asked;
  part("result").hidden = false;
  if (root.classList.contains("is-scanning")) part("desk").scrollIntoView({ block: "start" });
  signal(look);
}

function checkIn(text, people) {
  if (!text.trim()) return;
  code.value = "";
  const { tickets, counts } = present(state.list, queue.acts);
  const ticket = tickets.get(codeOf(text));
  if (!ticket) return notInList(codeOf(text));
  if (ticket.state === "came") return say("bad", fill(words.already, { time: clock(ticket.at) }), ticket.name);
  const note = words[ticket.state] ? fill(words[ticket.state], { number: counts.free }) : "";
  const act = queue.add({ kind: "came", ticket: ticket.code, people: people ?? ticket.people });
  say(note ? "warn" : "good", words.counted, [`${ticket.name} · ${act.people}`, note].filter(Boolean).join(". "), { act });
}

/** Perhaps newer than the list that the page holds: the server is asked, where there is a network; else the person at the door decides. */
function notInList(ticket) {
  if (!ticket) return say("bad", words.no_ticket);
  if (state.list.gone.includes(ticket)) return say("bad", words.given_back, ticket);
  if (queue.trouble || !navigator.onLine) return notAsked(ticket);
  say("bad", words.unknown, ticket);
  queue.add({ kind: "came", ticket, people: MOST_OF_A_TICKET, asked: true });
}

function notAsked(ticket) {
  const note = state.at ? fill(words.not_asked, { time: clock(state.at) }) : "";
  say("warn", words.unknown, [ticket, note].filter(Boolean).join(". "), { asked: ticket });
}

/** A question to which no answer came must not count somebody later who was sent away. */
function withdraw() {
  const asked = queue.acts.filter((act) => act.asked);
  if (queue.trouble !== "away" || !asked.length) return;
  queue.drop(new Set(asked.map((act) => act.id)));
  notAsked(asked.at(-1).ticket);
}

function anyway() {
  const act = queue.add({ kind: "came", ticket: last.asked, people: MOST_OF_A_TICKET });
  say("good", words.counted, act.ticket, { act });
}

function walkIn() {
  const people = Math.max(1, Math.min(500, Number(part("people").value) || 1));
  const act = queue.add({ kind: "walk_in", ticket: "", people });
  part("people").value = "1";
  say("good", fill(words.walked_in, { number: people }), "", { act });
}

function undo() {
  if (!last.act) return;
  if (queue.acts.some((act) => act.id === last.act.id) && !queue.busy) queue.drop(new Set([last.act.id]));
  else queue.add({ kind: "undo", ticket: last.act.id, people: 1 });
  say("plain", words.undone);
}

/** What the server made of it is said where it is not what the page had said. */
function heard(said, sent) {
  take(said);
  for (const outcome of said.outcomes ?? []) {
    const act = sent.find((one) => one.id === outcome.id);
    const ticket = said.tickets.find((one) => one.code === act?.ticket);
    if (outcome.result === "counted" && act.asked && ticket) say("good", words.counted, `${ticket.name} · ${ticket.came}`, { act });
    else if (outcome.result === "already") say("bad", fill(words.already, { time: clock(outcome.at) }), ticket?.name ?? act.ticket);
    else if (WRONG.has(outcome.result)) say("bad", words[outcome.result], outcome.hall || act.ticket);
  }
  draw();
}

function row(ticket) {
  const item = part("row").content.firstElementChild.cloneNode(true);
  const came = ticket.state === "came";
  item.querySelector("[data-name]").textContent = ticket.name || `№ ${ticket.number}`;
  item.querySelector("[data-code]").textContent = ticket.code;
  item.querySelector("[data-facts]").textContent = came ? `${ticket.came} · ${fill(words.in_at, { time: clock(ticket.at) })}` : ticket.people;
  const button = item.querySelector("button");
  button.hidden = came;
  button.addEventListener("click", () => checkIn(ticket.code));
  item.classList.toggle("is-in", came);
  return item;
}

function network() {
  const [number, trouble] = [queue.acts.length, queue.trouble];
  if (SHUT.has(trouble) || (trouble === "refused" && number)) return fill(words[trouble], { number });
  if (state.erased && !number) return words.erased;
  if (trouble === "away" && number) return fill(words.offline, { number });
  if (trouble === "away") return state.at ? fill(words.away, { time: clock(state.at) }) : words.no_list;
  return number ? fill(words.sending, { number }) : words.online;
}

function draw() {
  withdraw();
  if (SHUT.has(queue.trouble)) forget();
  const { tickets, counts } = present(state.list, queue.acts);
  for (const name of ["inside", "registered", "free"]) part(name).textContent = counts[name];
  const sought = part("seek").value.trim().toLowerCase();
  const shown = [...tickets.values()].filter((ticket) => `${ticket.name} ${ticket.code}`.toLowerCase().includes(sought));
  part("list").replaceChildren(...shown.slice(0, MOST_SHOWN).map(row));
  part("more").textContent = shown.length > MOST_SHOWN ? fill(words.more, { number: shown.length - MOST_SHOWN }) : "";
  part("nobody").hidden = shown.length > 0;
  part("network").textContent = network();
  part("network").classList.toggle("is-waiting", queue.acts.length > 0 || queue.trouble !== "");
  part("sign-in").hidden = queue.trouble !== "signed_out";
  part("keeping").hidden = !kept.read();
}

async function look() {
  if (state.at && Date.now() > state.until && queue.trouble === "away") forget();
  if (document.hidden || queue.acts.length || state.erased) return;
  try {
    const list = await ask(`${root.dataset.url}?have=${state.list.mark}`);
    queue.trouble = "";
    if (!queue.acts.length) take(list);
    draw();
  } catch (problem) {
    queue.failed(problem);
  }
}

async function erase() {
  forget();
  state.erased = true;
  await sweep(true);
  draw();
}

function scanning() {
  const [button, torch] = [part("scan"), part("torch")];
  const show = (on) => {
    root.classList.toggle("is-scanning", on);
    part("stage").hidden = !on;
    button.setAttribute("aria-pressed", String(on));
    part("scan-words").textContent = on ? words.stop : words.scan;
    torch.hidden = !on || !scanner.hasTorch;
    torch.setAttribute("aria-pressed", "false");
    if (on) part("desk").scrollIntoView({ block: "start" });
  };
  const scanner = new Scanner(part("video"), root.dataset.decoder, (found) => checkIn(found), () => show(false));
  button.addEventListener("click", async () => {
    if (scanner.stream) return scanner.stop();
    allowSound();
    button.disabled = true;
    show(true);
    await scanner.start().then(() => show(true), (problem) => {
      show(false);
      say("bad", words[problem.words] ?? words.no_camera);
    });
    button.disabled = false;
  });
  torch.addEventListener("click", async () => {
    const on = torch.getAttribute("aria-pressed") !== "true";
    await scanner.torch(on);
    torch.setAttribute("aria-pressed", String(on));
  });
  document.addEventListener("visibilitychange", () => { if (document.hidden) scanner.stop(); });
}

part("form").addEventListener("submit", (event) => {
  event.preventDefault();
  event.stopPropagation();
  checkIn(code.value);
  code.focus();
});
part("walk").addEventListener("click", walkIn);
part("undo").addEventListener("click", undo);
part("anyway").addEventListener("click", anyway);
part("erase").addEventListener("click", erase);
part("seek").addEventListener("input", draw);
addEventListener("offline", () => look());
addEventListener("online", () => look());
scanning();
if (told) take(told);
else {
  queue.trouble = "away"; // until an answer comes
  const left = kept.read();
  if (left) Object.assign(state, { list: left.list, at: left.at, until: left.until });
}
draw();
if (told) queue.goOn();
else look().then(() => queue.goOn());
if (kept.read()) keepPage(root.dataset).catch((problem) => console.warn("door", problem));
setInterval(look, EVERY_MS);
