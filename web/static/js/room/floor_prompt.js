/**
 * "You have the floor: switch your microphone on": large, with one button, until the microphone is on. Nothing is switched on by
 * itself. While somebody types, the keyboard stays where it is.
 */
import { byId, setText, show } from "./dom.js";

const TYPING = "input:not([type='checkbox']), textarea, select, [contenteditable]";

export class FloorPrompt {
  constructor({ store, own, people }) {
    Object.assign(this, { store, own });
    byId("floor-mic").addEventListener("click", () => !own.microphone && own.toggleMicrophone());
    for (const id of ["floor-finish", "speech-finish"]) byId(id).addEventListener("click", () => people.order("release_floor"));
  }

  draw() {
    const { store, own } = this;
    const mine = store.phase === "live" && !store.outside && store.room.floor === store.me.peer;
    const silent = mine && store.me.via !== "control" && !own.microphone;
    show(byId("speech-finish"), mine && !silent);
    const prompt = byId("floor-prompt");
    const came = silent && prompt.hidden;
    const held = prompt.contains(document.activeElement);
    show(prompt, silent);
    if (came) this.takeFocus();
    else if (held && !silent) byId(mine ? "speech-finish" : "hand").focus({ preventScroll: true });
  }

  /** Whoever types is told, and left where they are. */
  takeFocus() {
    const at = document.activeElement;
    if (at?.matches(TYPING) || at?.closest("dialog[open]")) return setText(byId("speech-said"), byId("floor-prompt-title").textContent);
    return byId("floor-mic").focus({ preventScroll: true });
  }
}
