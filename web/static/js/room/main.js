/** The room page begins here: straight back into the own place after a reload, else through the pre-join page. */
import { boot } from "./boot.js";
import { Call } from "./call.js";
import { openBoth, remembered } from "./devices.js";
import { showOver } from "./over.js";
import { pcChoice } from "./pc.js";
import { PreJoin } from "./prejoin.js";
import { freshToken, windowMemory } from "./tokens.js";

const memory = boot.pc ? windowMemory(".pc", localStorage) : windowMemory(boot.control ? ".control" : "");

/** After a reload: the same choice as before, devices as they were left. */
async function again() {
  const { way, name } = memory.choice() ?? { way: boot.ways[0], name: boot.name };
  const { cameraOff = false, microphoneOff = false } = remembered();
  const sends = ["chair", "deputy", "point", "interpreter"].includes(way.role) && !boot.control;
  const cameraOn = !cameraOff && way.role !== "interpreter";
  const opened = sends ? await openBoth({ camera: cameraOn }) : { camera: null, microphone: null };
  return { way, name, ...opened, cameraOn, microphoneOn: !microphoneOff };
}

function fetchToken(choice) {
  if (boot.token) return Promise.resolve(boot.token);
  return freshToken({ role: choice.way.role, point: choice.way.point ?? "", name: choice.name ?? "" });
}

async function begin() {
  document.body.dataset.phase = "start";
  if (boot.over) return showOver("ended");
  const choice = boot.pc ? await pcChoice() : memory.get() ? await again() : await new PreJoin().run();
  return new Call({ choice, memory, token: () => fetchToken(choice) }).start();
}

begin();
