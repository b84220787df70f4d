// The booking form's script: the parts below each look after one section and tell the others through "change" on the form.
import { agenda } from "./booking/agenda.js";
import { draft } from "./booking/draft.js";
import { picker } from "./booking/points.js";
import { check } from "./booking/check.js";
import { repeat } from "./booking/repeat.js";
import { times } from "./booking/times.js";

const form = document.querySelector("[data-booking]");
const texts = JSON.parse(document.getElementById("booking-texts").textContent);

const points = picker(form, texts);
times(form, texts);
agenda(form, texts);
check(form, points, texts);
repeat(form, points, texts);
if (form.dataset.draft) draft(form, texts);
document.getElementById("errors")?.focus();
