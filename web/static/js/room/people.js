/** The list of people, and what the chair does with it: hands, floor, muting, removing, agenda, time. */
import { localText, serverNow, t } from "./boot.js";
import { byId, clockTime, confirmAct, duration, icon, make, refill, setText, show } from "./dom.js";
import { cutOff } from "./order/state.js";
import { askRemoval } from "./removal.js";
import { toastProblem } from "./toasts.js";

const signs = { accepted: "check-lg", declined: "x-lg", tentative: "question-lg", pending: "hourglass-split" };

export class People {
  constructor({ signal, store }) {
    Object.assign(this, { signal, store });
    this.bind("steer-mute", () => this.order("mute_all"));
    this.bind("steer-open", () => this.order("open_session"));
    this.bind("open-now", () => this.order("open_session"));
    this.bind("steer-extend", (button) => this.order("extend_session", { minutes: Number(button.dataset.minutes) }));
    this.bind("steer-end", () => this.end());
    this.bind("take-chair", () => this.order("take_chair"));
    this.bind("return-chair", () => this.order("return_chair"));
  }

  bind(id, act) {
    byId(id).addEventListener("click", (event) => act(event.currentTarget));
  }

  /** Send a command; a refusal is told in words. */
  async order(name, fields = {}) {
    try {
      await this.signal.command(name, fields);
    } catch (problem) {
      if (!problem.code) throw problem;
      toastProblem(problem);
    }
  }

  async end() {
    if (await confirmAct(t("end_question"), t("end_detail"), t("end_do"))) await this.order("end_session");
  }

  async remove(peer) {
    const why = await askRemoval(this.store.label(peer));
    if (why !== null) await this.order("remove_peer", { peer: peer.peer, ...(why ? { why } : {}) });
  }

  draw() {
    const { store } = this;
    if (!store.room || !store.me) return;
    this.drawSteering();
    this.drawCollisions();
    this.drawFloor();
    this.drawHere();
    this.drawMissing();
    this.drawRemoved();
  }

  drawSteering() {
    const { store } = this;
    const live = store.phase === "live";
    show(byId("steer"), store.steers);
    show(byId("steer-open"), store.steers && store.phase === "lobby");
    for (const id of ["steer-mute", "steer-extend", "steer-end", "steer-time"]) show(byId(id), live);
    show(byId("take-chair"), store.mayTakeChair);
    const acting = store.room.chair.acting;
    show(byId("return-chair"), Boolean(acting) && (acting === store.me.peer || store.me.role === "chair"));
    this.drawTime();
  }

  /** Once a second: how long until the end in force. */
  drawTime() {
    const ends = this.store.room?.ends_at;
    if (!ends || this.store.phase !== "live") return;
    const left = (Date.parse(ends) - serverNow()) / 1000;
    setText(byId("steer-left"), left >= 0 ? t("time_left", { time: duration(left) }) : t("time_over", { time: duration(-left) }));
    setText(byId("steer-ends"), t("ends_at", { time: clockTime(ends) }));
    byId("steer-time").classList.toggle("is-short", left < 300);
  }

  drawCollisions() {
    const cards = Object.entries(this.store.room.collisions ?? {}).map(([slug, collision]) => this.collisionCard(slug, collision));
    refill(byId("collisions"), cards.filter(Boolean));
  }

  collisionCard(slug, collision) {
    const { store } = this;
    const mine = store.me.point === slug && store.speaks;
    if (!mine && !store.steers) return null;
    const values = { name: store.nameOfPoint(slug), title: localText(collision.title), minutes: Math.max(0, collision.minutes) };
    const choose = (choice) => () => this.order("choose_on_collision", { choice });
    const buttons = mine && !collision.choice && make("div", { class: "row" },
      make("button", { type: "button", class: "btn btn-small", onclick: choose("stay") }, t("collision_stay")),
      make("button", { type: "button", class: "btn btn-small", onclick: choose("leave") }, t("collision_leave")));
    const answer = collision.choice && make("p", { class: "muted" }, t(`collision_chose_${collision.choice}`));
    return make("div", { class: "card-warn" }, icon("exclamation-triangle-fill"),
      make("div", {}, make("p", {}, t(mine ? "collision_mine" : "collision_other", values)), buttons, answer));
  }

  drawFloor() {
    const { store } = this;
    const holder = store.peer(store.room.floor);
    show(byId("floor-section"), Boolean(holder));
    refill(byId("floor-list"), holder ? [this.row(holder, this.floorActs(holder))] : []);
  }

  floorActs(peer) {
    if (this.store.steers) return [this.act(peer, "take_floor_back", "arrow-counterclockwise", t("take_back"), {}, true)];
    return peer.peer === this.store.me.peer ? [this.act(peer, "release_floor", "check-lg", t("done_speaking"), {}, true)] : [];
  }

  act(peer, command, symbol, word, fields, wide = false) {
    return make("button", {
      type: "button", class: wide ? "btn btn-small btn-warm" : "act", "data-key": `${command}:${peer.peer}`, title: word,
      "aria-label": wide ? `${word}: ${this.store.label(peer)}` : word, onclick: () => this.order(command, fields),
    }, icon(symbol), wide && word);
  }

  row(peer, acts = []) {
    const { store } = this;
    const own = peer.peer === store.me.peer;
    const quality = store.quality[peer.peer] ?? "good";
    const state = [cutOff(store, peer) && t("waits_outside"), peer.away_at ? t("is_away") : quality !== "good" && t(`quality_${quality}`), own && t("you")].filter(Boolean).join(" · ");
    return make("li", { class: `person${peer.away_at ? " is-away" : ""}`, "data-peer": peer.peer },
      make("span", { class: `dot dot-${quality}`, title: t(`quality_${quality}`) }),
      make("div", { class: "person-name" }, make("strong", {}, store.label(peer)),
        make("span", {}, [store.sublabel(peer), state].filter(Boolean).join(" · "))),
      make("div", { class: "acts" }, acts));
  }

  drawHere() {
    const { store } = this;
    const here = Object.values(store.room.peers).filter((peer) => peer.role !== "watcher");
    const watchers = Object.keys(store.room.peers).length - here.length;
    const order = new Map(store.visible.map((peer, index) => [peer.peer, index]));
    here.sort((a, b) => (order.get(a.peer) ?? 999) - (order.get(b.peer) ?? 999));
    const count = here.filter((peer) => peer.via !== "wall").length; // a hall's screens are listed, so that they can be sent away
    setText(byId("here-count"), watchers ? t("count_and_watchers", { count, watchers }) : String(count));
    refill(byId("here-list"), here.map((peer) => this.row(peer, this.hereActs(peer))));
  }

  hereActs(peer) {
    const { store } = this;
    const name = store.label(peer);
    const muted = icon(peer.microphone ? "mic-fill" : "mic-mute-fill");
    const quiet = store.sends(peer) ? make("span", { class: "act-sign", title: t(peer.microphone ? "is_unmuted" : "is_muted") }, muted) : null;
    if (store.conducts && peer.held) return [this.act(peer, "admit", "door-open", t("let_in_name", { name }), { peer: peer.peer })];
    const hold = store.conducts && !["chair", "deputy", "secretary"].includes(peer.role)
      && this.act(peer, "hold", "hourglass-split", t("hold_name", { name }), { peer: peer.peer });
    if (!store.steers && hold) return [quiet, hold];
    if (!store.steers || peer.peer === store.me.peer || !store.sends(peer)) return [quiet];
    const to = { peer: peer.peer };
    const live = store.phase === "live";
    return [
      live && peer.microphone && this.act(peer, "mute_peer", "mic-fill", t("mute_name", { name }), to),
      live && !peer.microphone && this.act(peer, "ask_unmute", "mic-mute-fill", t("ask_unmute_name", { name }), to),
      live && store.room.floor !== peer.peer && this.act(peer, "grant_floor", "megaphone", t("give_floor_name", { name }), to),
      hold,
      peer.role !== "chair" && make("button", {
        type: "button", class: "act act-danger", "data-key": `remove:${peer.peer}`, title: t("remove_name", { name }),
        "aria-label": t("remove_name", { name }), onclick: () => this.remove(peer),
      }, icon("person-x-fill")),
    ];
  }

  drawMissing() {
    const { missing } = this.store;
    show(byId("missing-section"), missing.length > 0 && this.store.me.role !== "watcher");
    setText(byId("missing-count"), String(missing.length));
    refill(byId("missing-list"), missing.map((point) => make("li", { class: "person" },
      point.answer && make("span", { class: `answer answer-${point.answer}` }, icon(signs[point.answer])),
      make("div", { class: "person-name" }, make("strong", {}, this.store.nameOfPoint(point.slug)),
        point.answer && make("span", {}, t(`answer_${point.answer}`))))));
  }

  /** Whom the chair removed, for those who may let them back in. */
  drawRemoved() {
    const removed = this.store.steers ? Object.values(this.store.room.removed ?? {}) : [];
    show(byId("removed-section"), removed.length > 0);
    setText(byId("removed-count"), String(removed.length));
    refill(byId("removed-list"), removed.map((peer) => make("li", { class: "person" },
      make("div", { class: "person-name" }, make("strong", {}, this.store.label(peer)), make("span", {}, this.store.sublabel(peer))),
      make("div", { class: "acts" }, this.act(peer, "readmit_peer", "box-arrow-in-right", t("readmit"), { peer: peer.peer }, true)))));
  }
}
