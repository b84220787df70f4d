// Provinces fold to one line; what is folded stays so on this browser until it is opened again.
const KEY = "liaison.board.folded";

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
}

export function folding(table, grid) {
  const groups = [...table.querySelectorAll("[data-group]")];
  const nameOf = (group) => group.querySelector("[data-point]")?.dataset.point;
  const folded = new Set(remembered());

  function show(group) {
    const closed = folded.has(nameOf(group));
    for (const row of group.querySelectorAll("[data-point]")) row.hidden = closed;
    group.querySelector("[data-fold]").setAttribute("aria-expanded", String(!closed));
    group.classList.toggle("is-folded", closed);
  }

  table.addEventListener("click", (event) => {
    const group = event.target.closest("[data-fold]")?.closest("[data-group]");
    if (!group) return;
    const name = nameOf(group);
    if (!folded.delete(name)) folded.add(name);
    localStorage.setItem(KEY, JSON.stringify([...folded]));
    show(group);
    grid.refresh();
  });
  groups.forEach(show);
  grid.refresh();
}
