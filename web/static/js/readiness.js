// The board keeps itself true: it asks for itself every few seconds and takes over what stands there.

const EVERY_MS = 10000;

async function look() {
  if (document.visibilityState === "hidden") return;
  try {
    const response = await fetch(location.href, { cache: "no-store" });
    if (!response.ok || response.redirected) return;
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("[data-readiness]");
    const board = document.querySelector("[data-readiness]");
    if (fresh && !board.contains(document.activeElement)) board.replaceWith(fresh);
  } catch {
    // The network is away for a moment; the time above the table tells how old it is.
  }
}

setInterval(look, EVERY_MS);
