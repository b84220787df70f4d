// A live session's sheet draws itself anew while somebody looks at it.

const EVERY_MS = 5000;
const sheet = document.querySelector("[data-sheet]");

async function renew() {
  if (document.visibilityState === "hidden") return;
  try {
    const response = await fetch(sheet.dataset.part, { cache: "no-store" });
    if (response.ok && !response.redirected) sheet.innerHTML = await response.text();
  } catch {
    // The network is away for a moment; the sheet says as of when it is.
  }
}

setInterval(renew, EVERY_MS);
