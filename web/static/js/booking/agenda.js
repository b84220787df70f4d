// Agenda rows: add, move, remove; the sum of the planned minutes beside the session's length.
import { fill } from "./texts.js";

export function agenda(form, texts) {
  const list = form.querySelector("[data-agenda-rows]");
  const template = form.querySelector("[data-agenda-template]");
  const sum = form.querySelector("[data-agenda-sum]");

  function total() {
    const topics = [...list.querySelectorAll("[name=agenda_minutes]")].reduce((all, input) => all + (Number(input.value) || 0), 0);
    const length = Number(form.elements.minutes.value) || 0;
    const over = topics - length;
    sum.textContent = topics ? fill(over > 0 ? texts.over : texts.sum, { topics, length, over }) : "";
    sum.classList.toggle("is-over", over > 0);
  }

  function add() {
    list.append(template.content.cloneNode(true));
    list.lastElementChild.querySelector("[name=agenda_title]").focus();
  }

  const acts = {
    add,
    up: (row) => row.previousElementSibling?.before(row),
    down: (row) => row.nextElementSibling?.after(row),
    remove: (row) => row.remove(),
  };

  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-agenda]");
    if (!button) return;
    acts[button.dataset.agenda](button.closest(".agenda-row"));
    if (button.isConnected) button.focus();
    total();
    list.dispatchEvent(new Event("input", { bubbles: true }));
  });
  form.addEventListener("input", total);
  list.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input")) return;
    event.preventDefault();
    add();
  });
  total();
}
