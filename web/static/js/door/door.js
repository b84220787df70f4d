// The door of a hall: tickets are looked up in the list that the page holds, so that it works without a network; what is counted goes to
// the queue, and the list comes anew with each answer.

import { Queue } from "./queue.js";
import { Scanner, canScan, codeOf } from "./scan.js";

const EVERY_MS = 15000;
const root = document.getElementById("door");
const words = JSON.parse(document.getElementById("door-words").textContent);
let list = JSON.parse(root.dataset.list);
const part = (name) => root.querySelector(`[data-door=${name}]`);
const code = part("code");
const last = { act: null };

const fill = (text, facts = {}) => text.replace(/%\((\w+)\)s/g, (_whole, name) => facts[name]);
const clock = (at) => new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: root.dataset.zone }).format(new Date(at));

const queue = new Queue(root.dataset.kept, root.dataset.url, root.dataset.token, heard, draw);

/** The list with what waits to be sent already in it. */
function present() {
  const tickets = new Map(list.tickets.map((ticket) => [ticket.code, { ...ticket }]));
  const counts = { ...list.counts };
  for (const act of queue.acts) {
    const ticket = tickets.get(act.ticket);
    if (act.kind === "walk_in") counts.inside += act.people;
    else if (act.kind === "came" && ticket && ticket.state !== "came") {
      Object.assign(ticket, { state: "came", came: act.people, at: act.at });
      counts.inside += act.people;
    }
  }
  return { tickets, counts };
}

function say(look, title, text = "", act = null) {
  const result = part("result");
  result.className = `door-result door-${look}`;
  part("title").textContent = title;
  part("text").textContent = text;
  last.act = act;
  part("undo").hidden = !act;
  result.hidden = false;
}

function checkIn(text, people) {
  const { tickets, counts } = present();
  const ticket = tickets.get(codeOf(text));
  code.value = "";
  if (!codeOf(text)) return;
  if (!ticket) return unknown(codeOf(text));
  if (ticket.state === "came") return say("bad", fill(words.already, { time: clock(ticket.at) }), ticket.name);
  const note = words[ticket.state] ? fill(words[ticket.state], { number: counts.free }) : "";
  const act = queue.add({ kind: "came", ticket: ticket.code, people: people ?? ticket.people });
  say(note ? "warn" : "good", words.counted, [`${ticket.name} · ${act.people}`, note].filter(Boolean).join(". "), act);
}

/** Not in the list that the page holds: perhaps newer than it, so the server is asked. */
function unknown(ticket) {
  say("bad", words.unknown, ticket);
  queue.add({ kind: "came", ticket, people: 6, asked: true });
}

function walkIn() {
  const people = Math.max(1, Math.min(500, Number(part("people").value) || 1));
  const act = queue.add({ kind: "walk_in", ticket: "", people });
  part("people").value = "1";
  say("good", fill(words.walked_in, { number: people }), "", act);
}

function undo() {
  if (!last.act) return;
  if (queue.acts.some((act) => act.id === last.act.id) && !queue.busy) queue.keep(queue.acts.filter((act) => act.id !== last.act.id));
  else queue.add({ kind: "undo", ticket: last.act.id, people: 1 });
  say("plain", words.undone);
}

/** What the server made of it is said where it is not what the page had said. */
function heard(said, sent) {
  list = said;
  for (const outcome of said.outcomes ?? []) {
    const act = sent.find((one) => one.id === outcome.id);
    const ticket = said.tickets.find((one) => one.code === act?.ticket);
    if (outcome.result === "counted" && act.asked && ticket) say("good", words.counted, `${ticket.name} · ${ticket.came}`, act);
    else if (outcome.result === "already") say("bad", fill(words.already, { time: clock(outcome.at) }), ticket?.name ?? act.ticket);
    else if (["unknown", "given_back", "elsewhere"].includes(outcome.result)) say("bad", words[outcome.result], act.ticket);
  }
  draw();
}

function row(ticket) {
  const item = part("row").content.firstElementChild.cloneNode(true);
  const came = ticket.state === "came";
  item.querySelector("[data-name]").textContent = ticket.name || `№ ${ticket.number}`;
  item.querySelector("[data-code]").textContent = ticket.code;
  item.querySelector("[data-facts]").textContent = `${came ? ticket.came : ticket.people}${came ? ` · ${fill(words.in_at, { time: clock(ticket.at) })}` : ""}`;
  const button = item.querySelector("button");
  button.hidden = came;
  button.addEventListener("click", () => checkIn(ticket.code));
  item.classList.toggle("is-in", came);
  return item;
}

function draw() {
  const { tickets, counts } = present();
  for (const name of ["inside", "registered", "free"]) part(name).textContent = counts[name];
  const sought = part("seek").value.trim().toLowerCase();
  const shown = [...tickets.values()].filter((ticket) => `${ticket.name} ${ticket.code}`.toLowerCase().includes(sought));
  part("list").replaceChildren(...shown.map(row));
  const waits = queue.acts.length;
  part("network").textContent = queue.refused && waits ? words.refused : waits ? fill(words.offline, { number: waits }) : words.online;
  part("network").classList.toggle("is-waiting", waits > 0);
}

async function look() {
  if (document.hidden || queue.acts.length) return;
  try {
    const answer = await fetch(root.dataset.url);
    if (answer.ok && !queue.acts.length) heard(await answer.json(), []);
  } catch {
    // The list that the page holds goes on.
  }
}

function scanning() {
  const scanner = new Scanner(part("video"), (found) => checkIn(found));
  const button = part("scan");
  button.hidden = !canScan();
  button.addEventListener("click", () => {
    if (scanner.stream) scanner.stop();
    else scanner.start().catch(() => say("bad", words.no_camera));
  });
}

part("form").addEventListener("submit", (event) => {
  event.preventDefault();
  event.stopPropagation();
  checkIn(code.value);
  code.focus();
});
part("walk").addEventListener("click", walkIn);
part("undo").addEventListener("click", undo);
part("seek").addEventListener("input", draw);
scanning();
draw();
queue.send();
setInterval(look, EVERY_MS);
