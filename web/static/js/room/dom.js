/** Building and finding elements; nothing here knows the room. */
import { boot } from "./boot.js";

const SVG = "http://www.w3.org/2000/svg";

/** The element with this id; a missing one is a mistake in the template. */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element #${id}`);
  return found;
}

/** Make an element: `make("button", {class: "btn", onclick: f}, child, "text")`. Properties that start with "on" listen. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function setAttribute(element, name, value) {
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (value === true) element.setAttribute(name, "");
  else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
}

/** An icon of the vendored sprite; decoration only, the button around it carries the words. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${boot.icons}#${name}`);
  svg.append(use);
  return svg;
}

/** Show another symbol in an existing icon. */
export function setIcon(parent, name) {
  const use = parent.querySelector("use");
  const href = `${boot.icons}#${name}`;
  if (use && use.getAttribute("href") !== href) use.setAttribute("href", href);
}

/** Set text only when it changes, so that screen readers are not told twice. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Show or hide with the `hidden` attribute. */
export function show(element, visible) {
  if (element.hidden === visible) element.hidden = !visible;
}

/** Replace the children of `parent` by `children`, keeping focus on the element with the same data-key. */
export function refill(parent, children) {
  const held = parent.contains(document.activeElement) ? document.activeElement.dataset?.key : null;
  parent.replaceChildren(...children);
  if (held) parent.querySelector(`[data-key="${CSS.escape(held)}"]`)?.focus();
}

/** The same, but only when something looks different: a press that is under way is not lost. */
export function redraw(parent, children) {
  const made = document.createElement("div");
  made.append(...children);
  if (made.innerHTML !== parent.innerHTML) refill(parent, [...made.childNodes]);
}

/** Scroll a list once to the row that is newly `aria-current`. */
export function bringUp(list) {
  const key = list.querySelector("[aria-current] [data-key]")?.dataset.key ?? "";
  if (key && list.dataset.up !== key) list.querySelector("[aria-current]").scrollIntoView({ block: "nearest" });
  list.dataset.up = key;
}

/** Ask before something that cannot be undone; resolves to true when confirmed. Uses the page's one `<dialog>`. */
export function confirmAct(question, detail, doWord) {
  const dialog = byId("confirm");
  setText(byId("confirm-question"), question);
  setText(byId("confirm-detail"), detail);
  setText(byId("confirm-do"), doWord);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "do"), { once: true });
  });
}

/** Hours and minutes in the network's time zone. */
export function clockTime(time) {
  return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: boot.timezone }).format(new Date(time));
}

/** m:ss or h:mm:ss of a length in seconds. */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const rest = `${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}
