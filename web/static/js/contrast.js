/** Strong contrast, switched by the reader: every `[data-contrast-switch]` of the page is a button for it. early.js puts it in force. */
const KEY = "liaison.contrast";
const root = document.documentElement;
const buttons = document.querySelectorAll("[data-contrast-switch]");

function draw() {
  for (const button of buttons) button.setAttribute("aria-pressed", String(root.dataset.contrast === "high"));
}

function choose(wanted) {
  root.dataset.contrast = wanted;
  try {
    localStorage.setItem(KEY, wanted);
  } catch (problem) {
    if (!(problem instanceof DOMException)) throw problem; // a browser that forbids storage forgets it with the page
  }
  draw();
}

for (const button of buttons) button.addEventListener("click", () => choose(root.dataset.contrast === "high" ? "normal" : "high"));
draw();
