/** A room's paired PC: in without a question, camera and microphone off until somebody there confirms, back to the waiting page afterwards. */
import { boot } from "./boot.js";
import { openBoth } from "./devices.js";
import { byId, show } from "./dom.js";

const CONFIRMED = "liaison.pc.confirmed"; // the session in which somebody has switched them on: so it stays over a power cut
const LEFT = "liaison.pc.left"; // the session that somebody left by hand: the waiting page does not go back into it by itself
const BACK_MS = 8000;
const REPLACED_BACK_MS = 300000; // two windows of one PC would push each other out for ever

const awake = () => boot.pc.camera || localStorage.getItem(CONFIRMED) === boot.session;

/** What the pre-join page would have given. */
export async function pcChoice() {
  if (localStorage.getItem(LEFT) === boot.session) localStorage.removeItem(LEFT);
  const on = awake();
  const opened = on ? await openBoth() : { camera: null, microphone: null };
  return { way: boot.ways[0], name: boot.name, ...opened, cameraOn: on, microphoneOn: on };
}

/** Ask whoever is in the room to switch camera and microphone on; switching either by hand answers too. */
export function askToConfirm(own) {
  if (!boot.pc || awake()) return;
  const note = byId("pc-confirm");
  const done = () => {
    localStorage.setItem(CONFIRMED, boot.session);
    show(note, false);
  };
  byId("pc-confirm-on").addEventListener("click", async () => {
    done();
    if (!own.microphone) await own.toggleMicrophone();
    if (!own.camera) await own.toggleCamera();
  });
  own.addEventListener("change", () => (own.camera || own.microphone) && done());
  show(note, true);
  byId("pc-confirm-on").focus();
}

/** After the last page, back to the waiting page. */
export function goBack(reason) {
  if (!boot.pc) return;
  if (reason === "left") localStorage.setItem(LEFT, boot.session);
  setTimeout(() => location.replace(byId("over-home").href), reason === "replaced" ? REPLACED_BACK_MS : BACK_MS);
}
