// Questions on a session's public page: likes without leaving the page, and the newest list now and then.

const EVERY_MS = 60000;
const root = document.querySelector("[data-questions]");

async function like(form) {
  const button = form.querySelector("button");
  if (button.getAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true"); // not disabled: the keyboard would lose its place
  try {
    const response = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(String(response.status));
    const { likes } = await response.json();
    form.querySelector("[data-likes]").textContent = likes;
    button.setAttribute("aria-pressed", "true");
    button.setAttribute("aria-label", button.getAttribute("aria-label").replace(/\d+$/, likes));
  } catch {
    button.removeAttribute("aria-disabled"); // The network is away, or the question is no longer there: the next list tells.
  }
}

async function look() {
  if (document.hidden) return;
  try {
    const response = await fetch(root.dataset.questions);
    if (response.ok && !root.contains(document.activeElement)) root.innerHTML = await response.text();
  } catch {
    // The next look tells.
  }
}

root?.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-like]")) return;
  event.preventDefault();
  event.stopPropagation();
  like(event.target);
});
if (root) {
  setInterval(look, EVERY_MS);
  document.addEventListener("visibilitychange", look);
}
