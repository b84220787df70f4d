// The form of "Find a time": the booking form's picker of points, and the way to what was found or is wrong.
import { picker } from "./booking/points.js";

picker(document.querySelector("[data-finder]"), JSON.parse(document.getElementById("booking-texts").textContent));
(document.getElementById("errors") ?? document.getElementById("times"))?.focus();
