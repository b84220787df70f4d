// The repeat section: shows what the choice needs, and the dates the rule gives with what is taken on each.
import { debounce, fill, post } from "./texts.js";

const DELAY_MS = 400;
const FIELDS = ["csrf_token", "session_id", "date", "time", "minutes", "setup_minutes", "clear_minutes",
  "repeat", "repeat_interval", "repeat_end", "repeat_count", "repeat_until"];

export function repeat(form, points, texts) {
  const root = form.querySelector("[data-repeat]");
  if (!root) return;
  const box = root.querySelector("[data-repeat-dates]");
  const list = root.querySelector("[data-repeat-list]");
  const error = root.querySelector("[data-repeat-error]");
  const rest = root.querySelector("[data-repeat-rest]");
  const how = form.elements.repeat;
  const whole = (name) => form.elements[name].closest(".field");
  let out = new Set([...root.querySelectorAll("[name=leave_out]:checked")].map((one) => one.value));
  let asked = "";
  let newest = 0;

  function arrange() {
    root.classList.toggle("is-on", how.value !== "");
    root.querySelector("[data-repeat-days]").hidden = how.value !== "weekly";
    whole("repeat_count").hidden = form.elements.repeat_end.value !== "count";
    whole("repeat_until").hidden = form.elements.repeat_end.value !== "until";
    if (how.value === "") box.hidden = true;
  }

  function row({ day, label, taken }) {
    const item = document.createElement("li");
    const whole = document.createElement("label");
    whole.className = "form-check";
    const tick = document.createElement("input");
    Object.assign(tick, { type: "checkbox", className: "form-check-input", name: "leave_out", value: day, checked: out.has(day) });
    const words = document.createElement("span");
    words.className = "form-check-label";
    words.textContent = fill(form.dataset.session ? texts.keep_date : texts.leave_out, { date: label });
    whole.append(tick, " ", words);
    item.append(whole);
    item.classList.toggle("is-taken", Boolean(taken));
    item.classList.toggle("is-out", tick.checked);
    if (taken) {
      const holder = document.createElement("span");
      holder.className = "repeat-holder";
      holder.textContent = taken;
      item.append(holder);
    }
    return item;
  }

  function show({ words, dates, more, warnings, error: wrong }) {
    form.dispatchEvent(new CustomEvent("series-warnings", { detail: warnings ?? [] }));
    root.querySelector("#taken-dates")?.remove();
    box.hidden = false;
    root.querySelector("[data-repeat-words]").textContent = words;
    root.querySelector("[data-repeat-count]").textContent = dates.length ? fill(texts.dates, { count: dates.length + more }) : "";
    error.hidden = !wrong;
    error.textContent = wrong ?? "";
    list.hidden = dates.length === 0;
    list.replaceChildren(...dates.map(row));
    rest.hidden = !more;
    rest.textContent = more ? fill(texts.more_dates, { count: more }) : "";
  }

  async function ask() {
    arrange();
    if (how.value === "") {
      form.dispatchEvent(new CustomEvent("series-warnings", { detail: [] }));
      return;
    }
    const body = new FormData();
    for (const name of FIELDS) body.append(name, form.elements[name].value);
    for (const name of ["public", "confirm"]) {
      for (const tick of form.querySelectorAll(`[name=${name}]:checked`)) body.append(name, tick.value);
    }
    for (const day of root.querySelectorAll("[name=repeat_days]:checked")) body.append("repeat_days", day.value);
    for (const one of points.chosen()) body.append("points", one.slug);
    const key = new URLSearchParams(body).toString();
    if (key === asked) return;
    asked = key;
    const mine = ++newest;
    try {
      const response = await post(form.dataset.dates, body);
      if (!response.ok) throw new Error(String(response.status));
      const answer = await response.json();
      if (mine === newest) show(answer);
    } catch {
      asked = ""; // asked again with the next change; the booking itself checks every date
    }
  }

  root.addEventListener("change", (event) => {
    if (event.target.name !== "leave_out") return;
    if (event.target.checked) out.add(event.target.value);
    else out.delete(event.target.value);
    event.target.closest("li").classList.toggle("is-out", event.target.checked);
  });
  const later = debounce(ask, DELAY_MS);
  form.addEventListener("input", later);
  form.addEventListener("change", () => { arrange(); later(); });
  arrange();
  if (how.value !== "") ask();
}
