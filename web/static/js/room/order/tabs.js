/** The three tabs of the panel for those who conduct; arrow keys go from one to the next (ARIA, tabs pattern). */
import { byId, show } from "../dom.js";

const NAMES = ["roll", "votes", "rules"];

export class Tabs extends EventTarget {
  constructor() {
    super();
    this.name = NAMES[0];
    for (const name of NAMES) byId(`tab-${name}`).addEventListener("click", () => this.open(name));
    byId("tab-roll").parentElement.addEventListener("keydown", (event) => this.key(event));
  }

  open(name) {
    this.name = name;
    for (const each of NAMES) {
      const tab = byId(`tab-${each}`);
      tab.setAttribute("aria-selected", String(each === name));
      tab.tabIndex = each === name ? 0 : -1;
      show(byId(`order-${each}`), each === name);
    }
    this.dispatchEvent(new Event("change"));
  }

  key(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.code];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation(); // the arrows turn the pages of small pictures elsewhere
    this.open(NAMES[(NAMES.indexOf(this.name) + step + NAMES.length) % NAMES.length]);
    byId(`tab-${this.name}`).focus();
  }
}
