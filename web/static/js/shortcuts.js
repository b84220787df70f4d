// Keys that work on every page of the office: "g" and a letter goes somewhere, "n" books, "/" searches, "?" shows the list.
// Never while somebody types, never with Ctrl, Alt or Meta, and not while a dialog is open.

const PATIENCE_MS = 1500;
const shortcuts = [...document.querySelectorAll("#shortcuts [data-keys]")];
let begun = 0;

const typing = (element) => element instanceof Element && element.closest("input, textarea, select, [contenteditable], [role=grid], [role=application]") !== null;

function target(key) {
  const inSequence = Date.now() - begun < PATIENCE_MS;
  begun = 0;
  const wanted = inSequence ? ["g", key] : [key];
  return shortcuts.find((link) => link.dataset.keys === wanted.join(" "));
}

function searchField() {
  return [...document.querySelectorAll("main input[type=search]")].find((input) => input.offsetParent !== null);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || typing(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "?") {
    document.getElementById("shortcuts")?.showModal();
  } else if (event.key === "/") {
    searchField()?.focus();
  } else if (event.key === "g" && Date.now() - begun >= PATIENCE_MS) {
    begun = Date.now();
    return;
  } else {
    const found = target(event.key);
    if (!found) return;
    window.location.assign(found.href);
  }
  event.preventDefault();
});
