// The week by keyboard: one tab stop for the free hours, arrow keys between them; the page opens at the working hours.

const body = document.querySelector("[data-calendar]");
// Each day's hours to come; an hour that has passed is no link, so the list may begin late or be empty.
const columns = body ? [...body.querySelectorAll(".week-column")].map((column) => [...column.querySelectorAll("a.slot")]) : [];
const hourOf = (slot) => Number(slot.dataset.slot);

function reachable(chosen) {
  for (const slot of columns.flat()) slot.tabIndex = slot === chosen ? 0 : -1;
}

function neighbour(slot, key) {
  const column = columns.findIndex((slots) => slots.includes(slot));
  const steps = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
  if (key === "Home") return columns[column][0];
  if (key === "End") return columns[column].at(-1);
  const [across, down] = steps[key] ?? [0, 0];
  return columns[column + across]?.find((other) => hourOf(other) >= hourOf(slot) + down && (across || hourOf(other) === hourOf(slot) + down));
}

const free = columns.flat();
if (free.length) {
  const today = columns.find((slots) => slots[0]?.parentElement.classList.contains("is-today"));
  reachable(today?.[0] ?? columns.find((slots) => slots.length)[1] ?? free[0]);
  body.addEventListener("keydown", (event) => {
    const slot = event.target.closest("a.slot");
    if (!slot || !["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) return;
    event.preventDefault();
    const next = neighbour(slot, event.key);
    if (!next) return;
    reachable(next);
    next.focus();
  });
}
