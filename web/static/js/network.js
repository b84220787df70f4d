// Map and board keep themselves true: states in words every few seconds, paused while nobody looks. Arrow keys lead through the map.

const EVERY_MS = 12000;
const root = document.querySelector("[data-network]");
const asOf = root.querySelector("[data-as-of]");
const byPoint = (part) => new Map([...part.querySelectorAll("[data-point]")].map((element) => [element.dataset.point, element]));
const marks = byPoint(root.querySelector("[data-map]"));
const rows = byPoint(root.querySelector("tbody") ?? document.createElement("div"));
let lastTime = "";

function draw(element, state) {
  element.querySelector("use").setAttribute("href", `#shape-${state}`);
}

function showMark(mark, told) {
  mark.setAttribute("class", mark.getAttribute("class").replace(/mark-\w+/, `mark-${told.state}`));
  mark.setAttribute("aria-label", told.label);
  mark.querySelector("title").textContent = told.label;
  draw(mark, told.state);
}

function shape(state) {
  const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawing.setAttribute("class", `shape shape-${state}`);
  drawing.setAttribute("viewBox", "-12 -12 24 24");
  drawing.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  for (const [name, value] of [["href", `#shape-${state}`], ["x", "-12"], ["y", "-12"], ["width", "24"], ["height", "24"]]) use.setAttribute(name, value);
  drawing.append(use);
  return drawing;
}

function showRow(row, told) {
  const state = row.querySelector("[data-state]");
  if (state.dataset.state !== told.state) {
    state.dataset.state = told.state;
    state.querySelector("svg").replaceWith(shape(told.state));
  }
  state.querySelector("[data-word]").textContent = told.word;
  state.querySelector("[data-why]").textContent = told.why;
  const session = row.querySelector("[data-session]");
  session.classList.toggle("is-none", !told.session.text);
  if ((session.querySelector("a")?.getAttribute("href") ?? "") === told.session.url && session.textContent === (told.session.text || "–")) return;
  const link = document.createElement(told.session.url ? "a" : "span");
  if (told.session.url) link.href = told.session.url;
  link.textContent = told.session.text || "–";
  session.replaceChildren(link);
}

/** The wall's list: whoever is in trouble first, then in a session; as many as the screen has place for. */
function showWall(points) {
  const list = root.querySelector("[data-wall-list]");
  if (!list) return;
  const order = ["trouble", "session"];
  const loud = Object.values(points).filter((told) => order.includes(told.state)).sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  list.replaceChildren(...loud.map((told) => {
    const item = document.createElement("li");
    const words = document.createElement("span");
    const name = document.createElement("strong");
    const why = document.createElement("span");
    name.textContent = told.name;
    why.className = "board-why";
    why.textContent = told.why;
    words.append(name, " ", why);
    item.append(shape(told.state), words);
    return item;
  }));
  root.querySelector("[data-wall-quiet]").hidden = loud.length > 0;
  fitWall();
}

function fitWall() {
  const list = root.querySelector("[data-wall-list]");
  const more = root.querySelector("[data-wall-more]");
  if (!list) return;
  const items = [...list.children];
  for (const item of items) item.hidden = false;
  more.hidden = true;
  let hidden = 0;
  while (hidden < items.length && list.scrollHeight > list.clientHeight + 1) {
    items[items.length - 1 - hidden].hidden = true;
    hidden += 1;
    more.textContent = more.dataset.words.replace("{count}", hidden);
    more.hidden = false;
  }
}

async function look() {
  if (document.visibilityState === "hidden") return;
  try {
    const response = await fetch(root.dataset.network, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (!response.ok) throw new Error(response.statusText);
    const told = await response.json();
    if (told.drawing !== root.dataset.drawing) {
      window.location.reload();
      return;
    }
    show(told);
  } catch {
    asOf.textContent = asOf.dataset.lost.replace("{time}", lastTime || "–");
    asOf.classList.add("is-lost");
  }
}

function show(told) {
  lastTime = told.at;
  const words = asOf.dataset.fresh.replace("{time}", told.at);
  if (asOf.textContent !== words) asOf.textContent = words;
  asOf.classList.remove("is-lost");
  for (const count of root.querySelectorAll("[data-count]")) count.textContent = told.counts[count.dataset.count] ?? 0;
  for (const [slug, point] of Object.entries(told.points)) {
    if (marks.has(slug)) showMark(marks.get(slug), point);
    if (rows.has(slug)) showRow(rows.get(slug), point);
  }
  showWall(told.points);
}

// ------------------------------------------------------------------ keys and the card beside the map

const place = (mark) => {
  const { e, f } = mark.transform.baseVal.consolidate().matrix;
  return { x: e, y: f };
};

/** The nearest mark in the key's direction: what lies ahead counts more than what lies aside. */
function neighbour(from, key) {
  const here = place(from);
  const along = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  let best = null;
  let least = Infinity;
  for (const mark of marks.values()) {
    const there = place(mark);
    const ahead = (there.x - here.x) * along[0] + (there.y - here.y) * along[1];
    const aside = Math.abs((there.x - here.x) * along[1]) + Math.abs((there.y - here.y) * along[0]);
    if (mark !== from && ahead > 1 && aside <= ahead * 2.5 && ahead + aside * 1.5 < least) [best, least] = [mark, ahead + aside * 1.5];
  }
  return best;
}

function mapKeys() {
  const card = root.querySelector("[data-map-card]");
  const all = [...marks.values()];
  if (!card || !all.length) return;
  const hold = (mark) => {
    for (const other of all) other.setAttribute("tabindex", other === mark ? "0" : "-1");
  };
  hold(all[0]);
  const tell = (mark) => { card.textContent = mark.getAttribute("aria-label"); };
  for (const mark of all) {
    mark.addEventListener("focus", () => { hold(mark); tell(mark); });
    mark.addEventListener("mouseenter", () => tell(mark));
    mark.addEventListener("keydown", (event) => {
      const next = event.key === "Home" ? all[0] : event.key === "End" ? all.at(-1) : event.key.startsWith("Arrow") ? neighbour(mark, event.key) : null;
      if (!next) return;
      event.preventDefault();
      next.focus();
    });
  }
}

// ------------------------------------------------------------------ the board narrows while one types

function filters() {
  const form = root.querySelector("[data-filters]");
  if (!form) return;
  const narrow = () => {
    const words = form.elements.q.value.toLowerCase().split(/\s+/).filter(Boolean);
    const kind = form.elements.kind.value;
    let shown = 0;
    for (const [slug, row] of rows) {
      const fits = (!kind || row.dataset.kind === kind) && words.every((word) => row.dataset.search.includes(word));
      row.hidden = !fits;
      marks.get(slug)?.classList.toggle("is-aside", !fits);
      shown += fits ? 1 : 0;
    }
    root.querySelector("[data-nobody]").hidden = shown > 0;
    root.querySelector("[data-board]").hidden = shown === 0;
  };
  if (rows.size) form.addEventListener("input", narrow);
}

async function stayAwake() {
  if (!root.hasAttribute("data-wall") || !("wakeLock" in navigator) || document.visibilityState !== "visible") return;
  try {
    await navigator.wakeLock.request("screen");
  } catch {
    // A PC that saves power goes on doing so; its own settings decide.
  }
}

mapKeys();
filters();
fitWall();
stayAwake();
window.addEventListener("resize", fitWall);
setInterval(look, EVERY_MS);
document.addEventListener("visibilitychange", () => { look(); stayAwake(); });
