/** The small dialog of a request for the floor: what about, and whether it is a point of order. Shift+H opens it from anywhere. */
import { t } from "./boot.js";
import { byId, setText, show } from "./dom.js";

export class RequestDialog {
  constructor({ store, people }) {
    Object.assign(this, { store, people });
    const dialog = byId("request");
    dialog.addEventListener("close", () => dialog.returnValue === "do" && this.send());
    byId("request-back").addEventListener("click", () => dialog.close());
    byId("ask-order").addEventListener("click", () => this.open(true));
    byId("request-order").addEventListener("change", () => this.drawNote());
    document.addEventListener("keydown", (event) => this.key(event));
  }

  get mine() {
    return this.store.room?.queue.find((request) => request.peer === this.store.me?.peer) ?? null;
  }

  get possible() {
    return this.store.speaks && this.store.phase === "live" && !this.store.outside && !byId("call").hidden;
  }

  key(event) {
    if (event.code !== "KeyH" || !event.shiftKey || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (!this.possible || event.target.closest("input, textarea, select, dialog[open]")) return;
    event.preventDefault();
    this.open(true);
  }

  /** `order`: begin with a point of order ticked; else with what was asked for before. */
  open(order = false) {
    if (!this.possible) return;
    const dialog = byId("request");
    byId("request-subject").value = this.mine?.subject ?? "";
    byId("request-order").checked = order || Boolean(this.mine?.order);
    this.drawNote();
    dialog.returnValue = "";
    dialog.showModal();
    byId("request-subject").focus();
  }

  drawNote() {
    const closed = !this.store.room.list.open && !this.mine && !byId("request-order").checked;
    show(byId("request-note"), closed);
    setText(byId("request-note"), t("list_closed_order"));
  }

  send() {
    return this.people.order("raise_hand", { subject: byId("request-subject").value.trim(), order: byId("request-order").checked });
  }
}
