// Makes the door open without a network: registers its service worker, and has it keep the decoder where the camera will need it.

import { readsByItself } from "./reader.js";

export async function keepPage({ worker, scope }) {
  if (!("serviceWorker" in navigator)) return;
  const registration = await navigator.serviceWorker.register(worker, { scope, updateViaCache: "none" });
  registration.update().catch(() => null); // Without a network the next opening looks for a new version.
  if (await readsByItself()) return;
  const decoder = async () => (await navigator.serviceWorker.ready).active.postMessage("decoder");
  navigator.serviceWorker.addEventListener("controllerchange", decoder); // a new version keeps its own
  await decoder();
}
