/** Lists of cameras, microphones and loudspeakers, filled from the system and kept up to date. */
import { t } from "./boot.js";
import { listDevices, onDeviceChange, remember, remembered } from "./devices.js";
import { byId, make, show } from "./dom.js";

const KINDS = { camera: "cameras", microphone: "microphones", speaker: "speakers" };

export class Pickers {
  /** `ids`: element ids by kind; `chosen(kind, id)` is called when the person picks one; `current(kind)` is the id in use. */
  constructor(ids, { chosen, current }) {
    Object.assign(this, { ids, current });
    for (const [kind, id] of Object.entries(ids))
      byId(id).addEventListener("change", ({ target }) => {
        remember({ [kind]: target.value });
        chosen(kind, target.value);
      });
    onDeviceChange(() => this.fill());
  }

  async fill() {
    const devices = await listDevices();
    for (const [kind, id] of Object.entries(this.ids)) this.fillOne(kind, byId(id), devices[KINDS[kind]]);
  }

  fillOne(kind, select, devices) {
    const options = devices.map((device, index) =>
      make("option", { value: device.id }, device.label || t("device_number", { number: index + 1 })));
    if (!options.length) options.push(make("option", { value: "" }, t(`no_${kind}`)));
    select.replaceChildren(...options);
    select.disabled = devices.length < 2;
    const wish = this.current(kind) || remembered()[kind];
    if (devices.some((device) => device.id === wish)) select.value = wish;
    // A browser that cannot choose loudspeakers has no list of them.
    show(select.closest(".picker"), kind !== "speaker" || devices.length > 0);
  }
}
