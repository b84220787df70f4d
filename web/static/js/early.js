// Runs before the first paint: styles may then hide what only a script can open.
document.documentElement.classList.add("has-js");
