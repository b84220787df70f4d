/**
 * Where only speakers send video (`rights.video` is "speakers"), everybody else's camera sends a small picture a second, and the
 * full picture at once when it is their turn: whoever has the floor, leads, is next in the list, is called or is shown by the chair.
 */
import { t } from "./boot.js";
import { calledPeer } from "./order/state.js";
import { toast } from "./toasts.js";

/** Whether `me` need not send more than stills now. Pure. */
export function stillEnough({ room, me, steers, called }) {
  if (room.rights.video !== "speakers" || room.phase !== "live" || steers) return false;
  const next = room.queue.find((request) => request.here && !room.peers[request.peer]?.away_at);
  return ![room.floor, next?.peer, called, room.sign, room.speech?.interrupted, ...room.stage.peers].includes(me);
}

export class Still {
  constructor({ store, media, pictures }) {
    Object.assign(this, { store, media, pictures, on: false });
  }

  draw() {
    const { store } = this;
    const sends = store.mine && store.sends(store.mine);
    const on = Boolean(sends) && stillEnough({ room: store.room, me: store.me.peer, steers: store.steers, called: calledPeer(store) });
    if (on === this.on) return;
    this.on = on;
    this.pictures.still = on;
    this.media.setStill(on);
    if (on) toast(t("still_begins"));
  }
}
