// Choosing points: groups, whole provinces, single points, search; chips of what is chosen; marks on what is taken.
import { fill } from "./texts.js";

export function picker(form, texts) {
  const root = form.querySelector("[data-picker]");
  const rows = [...root.querySelectorAll("[data-point]")].map((item) => ({
    item,
    slug: item.dataset.point,
    name: item.dataset.name,
    words: item.dataset.searchText,
    box: item.querySelector("[name=points]"),
    optional: item.querySelector("[name=optional_points]"),
    note: item.querySelector("[data-taken]"),
  }));
  const provinces = [...root.querySelectorAll("[data-province]")].map((item) => ({
    item,
    all: item.querySelector("[data-province-all]"),
    count: item.querySelector("[data-province-count]"),
    rows: rows.filter((row) => item.contains(row.item)),
    opened: item.open,
  }));
  const chips = form.querySelector("[data-chips]");
  const search = root.querySelector("[data-search]");
  let taken = {};

  const chosen = () => rows.filter((row) => row.box.checked);

  function choose(some, on) {
    for (const row of some) row.box.checked = on;
    refresh();
    root.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function chip(row) {
    const item = document.createElement("li");
    item.className = "chip";
    item.classList.toggle("is-taken", row.slug in taken);
    item.classList.toggle("is-optional", row.optional.checked);
    const name = document.createElement("span");
    name.className = "chip-name";
    name.textContent = row.optional.checked ? `${row.name} (${texts.optional})` : row.name;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "×";
    button.setAttribute("aria-label", fill(texts.remove, { name: row.name }));
    button.addEventListener("click", () => choose([row], false));
    item.append(name, button);
    return item;
  }

  function refresh() {
    const some = chosen();
    chips.replaceChildren(...some.map(chip));
    form.querySelector("[data-count]").textContent = some.length;
    form.querySelector("[data-none]").hidden = some.length > 0;
    for (const province of provinces) {
      const count = province.rows.filter((row) => row.box.checked).length;
      province.all.checked = count === province.rows.length;
      province.all.indeterminate = count > 0 && count < province.rows.length;
      province.count.textContent = fill(texts.chosen, { count, total: province.rows.length });
      province.item.classList.toggle("has-chosen", count > 0);
    }
    for (const button of root.querySelectorAll("[data-group]")) {
      button.setAttribute("aria-pressed", String(ofGroup(button).length > 0 && ofGroup(button).every((row) => row.box.checked)));
    }
  }

  function ofGroup(button) {
    const slugs = new Set(button.dataset.group.split(" "));
    return rows.filter((row) => slugs.has(row.slug));
  }

  function find() {
    const words = search.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    let any = false;
    for (const province of provinces) {
      let here = false;
      for (const row of province.rows) {
        const fits = words.every((word) => row.words.includes(word));
        row.item.hidden = !fits;
        here ||= fits;
      }
      province.item.hidden = !here;
      province.item.open = words.length ? here : province.opened;
      any ||= here;
    }
    root.querySelector("[data-nothing-found]").hidden = any;
  }

  root.addEventListener("change", (event) => {
    const province = provinces.find((one) => one.all === event.target);
    if (province) choose(province.rows, event.target.checked);
    else refresh();
  });
  root.addEventListener("click", (event) => {
    const group = event.target.closest("[data-group]");
    if (group) choose(ofGroup(group), group.getAttribute("aria-pressed") !== "true");
    if (event.target.closest("[data-clear]")) choose(rows, false);
  });
  for (const province of provinces) {
    province.item.querySelector("summary").addEventListener("click", () => { province.opened = !province.item.open; });
  }
  search.addEventListener("input", find);
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const shown = rows.filter((row) => !row.item.hidden && !row.box.checked);
    if (search.value.trim() && shown.length) {
      choose([shown[0]], true);
      search.select();
    }
  });
  refresh();

  return {
    /** `holders`: by slug, the words for what holds the point at that time. */
    mark(holders) {
      taken = holders;
      for (const row of rows) {
        row.item.classList.toggle("is-taken", row.slug in taken);
        row.note.hidden = !(row.slug in taken);
        row.note.textContent = row.slug in taken ? fill(texts.taken, { holder: taken[row.slug] }) : "";
      }
      refresh();
    },
    chosen,
    drop: (slugs) => choose(rows.filter((row) => slugs.includes(row.slug)), false),
    name: (slug) => rows.find((row) => row.slug === slug)?.name ?? slug,
  };
}
