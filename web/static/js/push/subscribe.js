// Switch on push messages of this browser: permission, service worker, subscription, and its address sent to the server.

import { canPush, subscription } from "./browser.js";

const part = document.querySelector("[data-push]");
const button = part?.querySelector("[data-push-on]");
const status = part?.querySelector("[data-push-status]");

const say = (words) => { status.textContent = words; };

/** Something by which its owner knows this browser again. */
function label() {
  const brands = navigator.userAgentData?.brands?.map((one) => one.brand).filter((name) => !/not.*brand/i.test(name)) ?? [];
  const name = brands.at(-1) ?? (/Firefox/.test(navigator.userAgent) ? "Firefox" : /Safari/.test(navigator.userAgent) ? "Safari" : "");
  return [name, navigator.userAgentData?.platform ?? navigator.platform].filter(Boolean).join(", ").slice(0, 100);
}

async function subscribe() {
  const made = await subscription(part.dataset.pushWorker, part.dataset.pushKey);
  if (!made) return say(status.dataset.denied);
  const { endpoint, keys } = made;
  const answer = await fetch(part.dataset.pushUrl, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": part.querySelector("[data-push-csrf]").value },
    body: JSON.stringify({ endpoint, keys, label: label() }),
  });
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  location.reload();
}

async function start() {
  if (!canPush()) return say(status.dataset.missing);
  button.hidden = false;
  button.addEventListener("click", () => {
    button.disabled = true;
    say("");
    subscribe().catch((error) => {
      console.warn("push", error);
      say(status.dataset.failed);
    }).finally(() => { button.disabled = false; });
  });
}

if (part) start();
