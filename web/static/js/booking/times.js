// The end of the session, from date, start and length; buttons for the usual lengths.
import { fill } from "./texts.js";

export function times(form, texts) {
  const { date, time, minutes } = form.elements;
  const output = form.querySelector("[data-ends]");

  function show() {
    const [hour, minute] = time.value.split(":").map(Number);
    const total = hour * 60 + minute + Number(minutes.value);
    if (!date.value || !Number.isFinite(total) || !minutes.value) {
      output.textContent = "–";
      return;
    }
    const within = total % 1440;
    const end = `${String(Math.floor(within / 60)).padStart(2, "0")}:${String(within % 60).padStart(2, "0")}`;
    output.textContent = total >= 1440 ? fill(texts.next_day, { time: end }) : end;
  }

  for (const input of [date, time, minutes]) input.addEventListener("input", show);
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-length]");
    if (!button) return;
    minutes.value = button.dataset.length;
    minutes.dispatchEvent(new Event("input", { bubbles: true }));
  });
  show();
}
