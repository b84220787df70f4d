/** The bar at the foot: each button shows what is, says what it does, and has a key. */
import { t } from "./boot.js";
import { byId, setIcon, setText, show } from "./dom.js";
import { switchTool } from "./prejoin.js";

export class Toolbar {
  /** `acts`: what each tool does, by id. */
  constructor({ store, own, panel, acts }) {
    Object.assign(this, { store, own, panel });
    for (const [id, act] of Object.entries(acts)) byId(id).addEventListener("click", act);
    own.addEventListener("change", () => this.draw());
    panel.addEventListener("change", () => this.draw());
    this.keys({ KeyM: "mic", KeyV: "camera", KeyH: "hand", KeyP: "people", KeyF: "set-full", KeyO: "order", KeyC: "chat", KeyN: "notes", KeyL: "language", ArrowLeft: "page-back", ArrowRight: "page-next" });
  }

  /** One key presses one button, but not while somebody types, nor in a dialog. */
  keys(table) {
    document.addEventListener("keydown", (event) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      if (event.target.closest("input, textarea, select, dialog[open]")) return;
      if (event.code === "Escape" && this.panel.view) this.panel.close();
      const button = table[event.code] && byId(table[event.code]);
      if (!button || byId("call").hidden || button.disabled) return;
      if (!button.closest("[hidden]") || button.id === "set-full") {
        event.preventDefault();
        button.click();
      }
    });
  }

  draw() {
    const { store, own } = this;
    if (!store.me) return;
    const sends = store.speaks && store.me.via !== "control";
    for (const id of ["mic", "camera"]) show(byId(id), sends);
    show(byId("hand"), store.speaks);
    show(byId("screen"), sends && Boolean(navigator.mediaDevices?.getDisplayMedia));
    const forPoint = store.speaks && Boolean(store.me.point);
    for (const id of ["sheet", "set-sheet"]) show(byId(id), forPoint);
    switchTool(byId("mic"), own.microphone, ["mic-fill", "mic-mute-fill"], ["mic_on", "mic_off"]);
    switchTool(byId("camera"), own.camera, ["camera-video-fill", "camera-video-off-fill"], ["camera_on", "camera_is_off"]);
    this.drawHand();
    this.drawScreen();
    for (const view of ["people", "sheet", "settings", "language"]) byId(view).setAttribute("aria-pressed", String(this.panel.view === view));
    this.drawCounts();
  }

  drawHand() {
    const { store } = this;
    const button = byId("hand");
    const place = store.placeOf(store.me.peer);
    const speaking = store.room.floor === store.me.peer;
    const word = speaking ? "release_floor" : place ? "lower_hand" : "raise_hand";
    button.disabled = store.phase !== "live";
    button.setAttribute("aria-pressed", String(Boolean(place || speaking)));
    button.classList.toggle("is-warm", Boolean(place || speaking));
    setText(button.querySelector(".tool-word"), t(word));
    setIcon(button, speaking ? "megaphone-fill" : "person-raised-hand");
    this.count(button, place);
  }

  drawScreen() {
    const button = byId("screen");
    const on = this.own.screen;
    button.disabled = this.store.phase !== "live" || (!on && !this.store.mayShare);
    button.title = this.store.mayShare ? "" : t("share_not_now");
    button.setAttribute("aria-pressed", String(on));
    button.classList.toggle("is-warm", on);
    setText(button.querySelector(".tool-word"), t(on ? "stop_screen" : "share_screen"));
  }

  drawCounts() {
    const people = Object.values(this.store.room.peers).filter((peer) => peer.role !== "watcher" && peer.via !== "wall").length;
    this.count(byId("people"), people);
    const { me, room } = this.store;
    this.count(byId("sheet"), room.headcounts?.[me.point] ?? me.headcount ?? 0);
    byId("people").classList.toggle("has-hands", this.store.steers && this.store.room.hands.length > 0);
  }

  count(button, number) {
    const badge = button.querySelector(".tool-count");
    show(badge, number > 0);
    setText(badge, String(number));
  }
}
