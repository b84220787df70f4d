// The board: provinces that fold, arrow keys through the grid, sessions that are dragged to another time.
import { folding } from "./board/folding.js";
import { moving } from "./board/moving.js";
import { roving } from "./board/roving.js";

const table = document.querySelector("[data-board]");
const grid = roving(table);
folding(table, grid);
if (table.dataset.check) moving(table, JSON.parse(document.getElementById("board-texts").textContent));
