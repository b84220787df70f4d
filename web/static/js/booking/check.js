// While the form is filled in: which points are taken at that time, what else bounds it, and which nobody would hear for.
import { debounce, post } from "./texts.js";

const DELAY_MS = 350;

export function check(form, points, texts) {
  const box = form.querySelector("[data-conflicts]");
  const list = form.querySelector("[data-conflict-list]");
  const silentBox = form.querySelector("[data-silent-box]");
  const silentList = form.querySelector("[data-silent-list]");
  const closedBox = form.querySelector("[data-closed-box]");
  const warningsBox = form.querySelector("[data-warnings-box]");
  let newest = 0;
  let asked = "";
  let ofForm = null;
  let ofSeries = form.elements.repeat?.value ? null : []; // told by the part for repeating

  function line(...parts) {
    const item = document.createElement("li");
    item.append(...parts);
    return item;
  }

  function holder(slug, words) {
    const name = document.createElement("strong");
    name.textContent = points.name(slug);
    return line(name, document.createElement("br"), words);
  }

  function showClosed(closed) {
    closedBox.querySelector("[data-closed-list]").replaceChildren(...closed.map((reason) => line(reason)));
    closedBox.hidden = closed.length === 0;
  }

  // Warnings of the date in the form, and those of a series' dates, each said once.
  function showWarnings() {
    if (ofForm === null || ofSeries === null) return;
    const texts = new Map([...ofForm, ...ofSeries].map((warning) => [warning.text, warning]));
    const warnings = [...texts.values()];
    warningsBox.querySelector("[data-warnings-list]").replaceChildren(...warnings.map((warning) => line(warning.text)));
    warningsBox.hidden = warnings.length === 0;
    for (const row of warningsBox.querySelectorAll("[data-warning-code]")) {
      row.hidden = !warnings.some((warning) => warning.code === row.dataset.warningCode);
      if (row.hidden) row.querySelector("input").checked = false;
    }
  }

  function show({ taken, silent, closed, warnings }) {
    showClosed(closed);
    ofForm = warnings;
    showWarnings();
    points.mark(taken);
    const hit = points.chosen().filter((row) => row.slug in taken);
    list.replaceChildren(...hit.map((row) => holder(row.slug, taken[row.slug])));
    box.hidden = hit.length === 0;
    silentList.replaceChildren(...silent.map((slug) => line(points.name(slug))));
    silentBox.hidden = silent.length === 0;
  }

  function question() {
    const body = new FormData();
    for (const name of ["csrf_token", "date", "time", "minutes", "session_id", "setup_minutes", "clear_minutes"]) body.append(name, form.elements[name].value);
    for (const row of points.chosen()) body.append("points", row.slug);
    return body;
  }

  async function ask() {
    const body = question();
    const key = new URLSearchParams(body).toString();
    if (key === asked) return;
    asked = key;
    const mine = ++newest;
    try {
      const response = await post(form.dataset.check, body);
      if (!response.ok) throw new Error(String(response.status));
      const answer = await response.json();
      if (mine === newest) show(answer);
    } catch {
      // The booking itself checks again; the reader is told that this look did not work.
      asked = "";
      if (mine === newest) {
        list.replaceChildren(line(texts.check_failed));
        box.hidden = false;
      }
    }
  }

  form.addEventListener("input", debounce(ask, DELAY_MS));
  form.addEventListener("change", debounce(ask, DELAY_MS));
  form.addEventListener("series-warnings", (event) => {
    ofSeries = event.detail;
    showWarnings();
  });
  form.querySelector("[data-drop-taken]").addEventListener("click", () => {
    points.drop(points.chosen().filter((row) => row.item.classList.contains("is-taken")).map((row) => row.slug));
  });
  ask();
}
