// What participants have written to the help desk out of their sessions, with a field to answer each. A field in use is never redrawn.

const root = document.querySelector("[data-desk-chat]");
const shown = new Map(); // session and number → its line

function make(tag, text = "", attributes = {}) {
  const element = document.createElement(tag);
  element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** 128 random bits: the same answer sent twice is written once. */
const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

async function send(form, message, again) {
  const field = form.querySelector("input");
  if (!field.value.trim()) return;
  form.dataset.id ??= newId();
  const body = new URLSearchParams({ session: message.session, seq: message.seq, text: field.value, id: form.dataset.id, csrf_token: root.dataset.token });
  try {
    const answer = await fetch(root.dataset.deskChat, { method: "POST", body, headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    field.value = "";
    delete form.dataset.id;
    again();
  } catch {
    root.querySelector("[data-desk-chat-said]").textContent = root.dataset.failed;
  }
}

function answerForm(message, again) {
  const form = make("form", "", { novalidate: "" });
  form.append(make("input", "", { class: "form-control", maxlength: 2000, "aria-label": `${root.dataset.answer}: ${message.who}`, autocomplete: "off" }),
    make("button", root.dataset.send, { class: "btn btn-primary" }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form, message, again);
  });
  return form;
}

function attached({ file, address }) {
  return file ? [make("a", file, { href: address, download: "" })] : [];
}

function line(message, again) {
  const item = make("li");
  item.append(make("p", `${message.who} · ${message.when}`), make("p", message.text), ...attached(message), make("div", "", { "data-answers": "" }));
  item.append(message.open ? answerForm(message, again) : make("p", root.dataset.over, { class: "text-secondary" }));
  return item;
}

function drawAnswers(item, message) {
  const place = item.querySelector("[data-answers]");
  item.classList.toggle("is-open", message.open && !message.answers.length);
  if (place.childElementCount !== message.answers.length)
    place.replaceChildren(...message.answers.map((text) => make("p", `${root.dataset.sent} ${text}`, { class: "text-secondary mb-0" })));
}

/** Show them, the newest first; returns how many wait for an answer. `again` asks for the newest state. */
export function showMessages(messages, again) {
  if (!root) return 0;
  root.hidden = messages.length === 0;
  const list = root.querySelector("[data-desk-chat-list]");
  for (const message of [...messages].reverse()) {
    const key = `${message.session}:${message.seq}`;
    if (!shown.has(key)) {
      shown.set(key, line(message, again));
      list.prepend(shown.get(key));
      root.querySelector("[data-desk-chat-said]").textContent = `${message.who}: ${message.text || message.file}`;
    }
    drawAnswers(shown.get(key), message);
  }
  return messages.filter((message) => message.open && !message.answers.length).length;
}
