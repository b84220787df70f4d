// The officer's page keeps itself true: it asks for the state's mark and loads again when it changed, unless somebody is typing.

const EVERY_MS = 15000;
const root = document.querySelector("[data-today]");
let touched = false;
document.addEventListener("input", () => { touched = true; });

function tell() {
  if (document.querySelector(".changed-bar")) return;
  document.body.append(document.querySelector("[data-changed]").content.cloneNode(true));
}

async function look() {
  if (document.visibilityState === "hidden") return;
  try {
    const response = await fetch(root.dataset.today, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (!response.ok) return;
    const { mark } = await response.json();
    if (mark === root.dataset.mark) return;
    if (touched || document.querySelector("details.decline[open]")) tell();
    else window.location.reload();
  } catch {
    // The network is away for a moment; the next look tells.
  }
}

setInterval(look, EVERY_MS);
document.addEventListener("visibilitychange", look);
