/** Documents on the room's page: what is shown, and the list. */
import { Shelf } from "./shelf.js";
import { PaperView } from "./view.js";

export class Papers {
  constructor(call) {
    this.store = call.store;
    this.view = new PaperView(call);
    this.shelf = new Shelf({ ...call, view: this.view });
    this.view.titleOf = (id) => this.shelf.items.find((one) => one.id === id)?.title;
    call.signal.addEventListener("joined", () => this.shelf.load());
    call.signal.addEventListener("event", ({ detail }) => detail.type === "documents_changed" && this.shelf.load());
    call.signal.addEventListener("snapshot", () => this.shelf.load());
  }

  /** Before the pictures: they make room. */
  draw() {
    this.view.draw();
    this.shelf.draw();
  }
}
