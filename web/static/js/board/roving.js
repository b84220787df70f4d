// One tab stop for the whole grid and arrow keys within it (WAI-ARIA Authoring Practices, "Grid"): a cell that holds something
// to act on is that thing, an empty one is itself.
const STOPS = "a, button:not([hidden])";

export function roving(table) {
  let current = null;

  const rows = () => [...table.querySelectorAll("tbody tr")].filter((row) => !row.hidden);

  function stopsOf(row) {
    return [...row.children].flatMap((cell) => {
      const inside = [...cell.querySelectorAll(STOPS)];
      return inside.length ? inside : cell.matches("td") ? [cell] : [];
    });
  }

  function reach(stop) {
    if (current) current.tabIndex = -1;
    current = stop;
    if (current) current.tabIndex = 0;
  }

  /** Of another row, what stands under the present place. */
  function below(stop, row) {
    const x = stop.getBoundingClientRect().left;
    const away = (other) => Math.abs(other.getBoundingClientRect().left - x);
    return stopsOf(row).reduce((best, other) => (away(other) < away(best) ? other : best));
  }

  function neighbour(stop, event) {
    const all = rows();
    const at = all.indexOf(stop.closest("tr"));
    const stops = stopsOf(all[at]);
    const index = stops.indexOf(stop);
    switch (event.key) {
      case "ArrowRight": return stops[index + 1];
      case "ArrowLeft": return stops[index - 1];
      case "ArrowDown": return all[at + 1] && below(stop, all[at + 1]);
      case "ArrowUp": return all[at - 1] && below(stop, all[at - 1]);
      case "Home": return event.ctrlKey ? stopsOf(all[0])[0] : stops[0];
      case "End": return event.ctrlKey ? stopsOf(all.at(-1)).at(-1) : stops.at(-1);
      case "PageDown": return below(stop, all[Math.min(at + 10, all.length - 1)]);
      case "PageUp": return below(stop, all[Math.max(at - 10, 0)]);
      default: return undefined;
    }
  }

  function refresh() {
    for (const stop of table.querySelectorAll(`tbody td, tbody :is(${STOPS})`)) stop.tabIndex = -1;
    const first = current?.closest("tr")?.hidden === false ? current : stopsOf(rows()[0] ?? table)[0];
    current = null;
    reach(first ?? null);
  }

  table.addEventListener("keydown", (event) => {
    const stop = event.target.closest(`td, ${STOPS}`);
    if (!stop || event.defaultPrevented || event.altKey || event.metaKey) return;
    const next = neighbour(stop, event);
    if (!next) return;
    event.preventDefault();
    reach(next);
    next.focus();
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
  table.addEventListener("focusin", (event) => {
    const stop = event.target.closest(`td, ${STOPS}`);
    if (stop && stop !== current) reach(stop);
  });
  refresh();
  return { refresh };
}
