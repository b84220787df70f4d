// Who waits in the help desk's room, and who has written: asked for every few seconds, told in words, with a badge in the title and a sound.

import { showMessages } from "./help_desk_chat.js";

const EVERY_MS = 8000;
const root = document.querySelector("[data-help-desk]");
const title = document.title;
let waiting = 0;

function ring() {
  try {
    const context = new AudioContext();
    const out = new GainNode(context, { gain: 0.2 });
    out.connect(context.destination);
    [660, 880].forEach((frequency, index) => {
      const tone = new OscillatorNode(context, { frequency });
      tone.connect(out);
      tone.start(context.currentTime + index * 0.25);
      tone.stop(context.currentTime + index * 0.25 + 0.2);
    });
    setTimeout(() => context.close(), 1500);
  } catch {
    // Browsers allow a sound only after somebody has pressed something on the page.
  }
}

function show(told) {
  const words = told.callers.length ? `${told.helped ? root.dataset.helped : root.dataset.waits} ${told.callers.join(", ")}` : root.dataset.nobody;
  const line = root.querySelector("[data-help-words]");
  if (line.textContent !== words) line.textContent = words;
  const count = root.querySelector("[data-help-count]");
  count.hidden = !told.waiting;
  count.textContent = told.waiting || "";
  root.classList.toggle("is-waiting", told.waiting > 0);
  const open = told.waiting + showMessages(told.messages, look);
  document.title = open ? `(${open}) ${title}` : title;
  if (open > waiting) ring();
  waiting = open;
}

async function look() {
  try {
    const response = await fetch(root.dataset.helpDesk, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (response.ok) show(await response.json());
  } catch {
    // The network is away for a moment; the next look tells.
  }
}

if (root) {
  look();
  setInterval(look, EVERY_MS);
}
