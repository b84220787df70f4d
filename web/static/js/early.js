// Runs before the first paint: styles may then hide what only a script can open.
document.documentElement.classList.add("has-js");
// The reader's own choice of strong contrast, kept in this browser (js/contrast.js); without one, what the system asks for.
{
  let kept = null;
  try {
    kept = localStorage.getItem("liaison.contrast");
  } catch {
    kept = null; // a browser that forbids storage
  }
  const wanted = kept ?? (matchMedia("(prefers-contrast: more)").matches ? "high" : "normal");
  document.documentElement.dataset.contrast = wanted;
}
