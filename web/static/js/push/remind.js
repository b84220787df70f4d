// "Remind me" in this browser, on a public session's page.

import { canPush, subscription } from "./browser.js";

const part = document.querySelector("[data-remind]");
const [button, stop, status] = ["button", "[data-stop]", "[data-status]"].map((name) => part?.querySelector(name));

async function remind() {
  const made = await subscription(part.dataset.pushWorker, part.dataset.pushKey);
  if (!made) {
    status.textContent = status.dataset.denied;
    return;
  }
  const answer = await fetch(part.dataset.pushUrl, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": part.dataset.pushToken },
    body: JSON.stringify({ endpoint: made.endpoint, keys: made.keys }),
  });
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  stop.href = (await answer.json()).url;
  stop.hidden = false;
  button.hidden = true;
}

if (part && canPush()) {
  button.hidden = false;
  button.addEventListener("click", () => {
    button.disabled = true;
    status.textContent = "";
    remind().catch((error) => {
      console.warn("push", error);
      status.textContent = status.dataset.failed;
    }).finally(() => { button.disabled = false; });
  });
}
