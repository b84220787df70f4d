/** The list of speakers in the people panel: who comes next, in which order, about what; and how long each delegation has spoken. */
import { serverNow, t } from "./boot.js";
import { byId, duration, icon, make, redraw, setText, show } from "./dom.js";
import { citizenAsks } from "./questions/words.js";
import { clockOf } from "./speech_clock.js";

const SPARE_S = 120; // for a delegation whose time is used up, when the chair lets it speak nevertheless

export class Queue {
  constructor({ store, people, request }) {
    Object.assign(this, { store, people, request });
    const bind = (id, name, act) => byId(id).addEventListener(name, () => act(byId(id)));
    bind("next-speaker", "click", () => people.order("grant_next"));
    bind("list-open", "change", ({ checked }) => people.order("set_list", { open: checked }));
    for (const what of ["speech", "delegation"])
      bind(`limit-${what}`, "change", ({ value }) => people.order("set_limits", { [`${what}_s`]: value ? Number(value) : null }));
    byId("spoken").addEventListener("toggle", () => this.drawSpoken());
    for (const [id, name, fields] of this.clockActs()) bind(id, "click", () => people.order(name, fields));
  }

  clockActs() {
    return [["speech-pause", "pause_speech", {}], ["speech-resume", "resume_speech", {}],
      ["speech-more", "extend_speech", { seconds: 60 }], ["speech-twice", "extend_speech", { seconds: 120 }]];
  }

  draw() {
    const { store } = this;
    const live = store.phase === "live";
    const { queue, list } = store.room;
    show(byId("hands-section"), live && (queue.length > 0 || store.speaks || store.conducts));
    show(byId("ask-order"), live && store.speaks);
    show(byId("list-closed"), !list.open);
    show(byId("list-rules"), store.conducts);
    byId("list-open").checked = list.open;
    setText(byId("hands-count"), String(queue.length));
    redraw(byId("hands-list"), queue.map((request, place) => this.row(request, place)));
    this.drawNext(live);
    this.drawClockActs(live);
    for (const what of ["speech", "delegation"]) this.drawLimit(byId(`limit-${what}`), list[`${what}_s`]);
    this.drawSpoken();
  }

  drawNext(live) {
    const { store } = this;
    const next = store.room.queue.find((request) => request.here && !store.peer(request.peer)?.away_at);
    show(byId("next-speaker"), live && store.steers && Boolean(next));
    if (next) setText(byId("next-name"), this.name(next));
  }

  drawClockActs(live) {
    const { speech } = this.store.room;
    show(byId("speech-acts"), live && this.store.steers && Boolean(speech));
    show(byId("speech-pause"), Boolean(speech?.since));
    show(byId("speech-resume"), Boolean(speech && !speech.since));
    for (const id of ["speech-more", "speech-twice"]) show(byId(id), Boolean(speech && speech.limit_s !== null));
  }

  /** A limit that is none of the choices, set by another way, is shown as it is. */
  drawLimit(select, seconds) {
    const value = seconds === null ? "" : String(seconds);
    if (![...select.options].some((option) => option.value === value))
      select.append(make("option", { value }, t("minutes", { minutes: Math.round(seconds / 6) / 10 })));
    select.value = value;
  }

  name(request) {
    const peer = this.store.peer(request.peer);
    return peer ? this.store.label(peer) : this.store.nameOfPoint(request.point) || request.name;
  }

  row(request, place) {
    const { store } = this;
    const own = request.peer === store.me.peer;
    const away = !request.here || store.peer(request.peer)?.away_at;
    const small = [own && t("you"), away && t("is_away"), request.spent_s > 0 && t("speech_broken", { time: duration(request.spent_s) })];
    return make("li", { class: `person request${away ? " is-away" : ""}${request.order ? " is-order" : ""}`, "data-peer": request.peer },
      make("div", { class: "person-name" },
        make("strong", {}, this.name(request)),
        request.order && make("span", { class: "order-sign" }, icon("exclamation-octagon"), t("point_of_order")),
        request.question && make("span", { class: "subject" }, citizenAsks(request.question)),
        request.subject && make("span", { class: "subject" }, request.subject),
        make("span", {}, small.filter(Boolean).join(" · "))),
      make("div", { class: "acts" }, this.acts(request, place, own)));
  }

  acts(request, place, own) {
    const name = this.name(request);
    const last = this.store.room.queue.length - 1;
    return [
      own && this.button("edit", request, "pencil", t("edit_request"), () => this.request.open()),
      this.store.conducts && this.button("up", request, "arrow-up", t("move_up", { name }), () => this.move(request, place - 1), place === 0),
      this.store.conducts && this.button("down", request, "arrow-down", t("move_down", { name }), () => this.move(request, place + 1), place === last),
      (own || this.store.conducts) && this.button("lower_hand", request, "x-lg", t("lower_hand_of", { name }), () => this.takeOff(request, own)),
      this.store.steers && request.here && this.giveButton(request, name),
    ];
  }

  /** Buttons that can do nothing now stay in the order of the keyboard, so that focus is never lost. */
  button(key, request, symbol, word, act, dead = false) {
    return make("button", {
      type: "button", class: "act", "data-key": `${key}:${request.peer}`, title: word, "aria-label": word,
      "aria-disabled": dead ? "true" : null, onclick: () => !dead && act(),
    }, icon(symbol));
  }

  giveButton(request, name) {
    const used = this.usedUp(request);
    const word = used ? t("give_floor_for", { minutes: SPARE_S / 60 }) : t("give_floor");
    const fields = { peer: request.peer, ...(used ? { seconds: SPARE_S } : {}) };
    return make("button", {
      type: "button", class: "btn btn-small btn-warm", "data-key": `grant_floor:${request.peer}`, "aria-label": `${word}: ${name}`,
      onclick: () => this.people.order("grant_floor", fields),
    }, icon("megaphone-fill"), word);
  }

  async move(request, index) {
    await this.people.order("move_hand", { peer: request.peer, index });
    setText(byId("queue-said"), t("moved_to", { name: this.name(request), place: index + 1 }));
  }

  takeOff(request, own) {
    return this.people.order("lower_hand", own ? {} : { peer: request.peer });
  }

  /** Seconds each delegation has spoken, the speech under way included. */
  spoken() {
    const { store } = this;
    const spoken = { ...store.room.list.spoken };
    const { speech } = store.room;
    const peer = speech && store.peer(speech.peer);
    if (!peer) return spoken;
    const key = peer.point ?? peer.peer;
    const running = speech.since ? clockOf(speech, serverNow()).elapsed - speech.spent_s : 0;
    return { ...spoken, [key]: (spoken[key] ?? 0) + running };
  }

  usedUp(request) {
    const most = this.store.room.list.delegation_s;
    const key = request.point ?? request.peer;
    return most !== null && !request.order && !request.spent_s && (this.spoken()[key] ?? 0) >= most;
  }

  /** Once a second too. */
  drawSpoken() {
    if (!this.store.room || !this.store.me) return;
    const rows = Object.entries(this.spoken()).filter(([, seconds]) => seconds >= 1).sort((a, b) => b[1] - a[1]);
    const most = this.store.room.list.delegation_s;
    show(byId("spoken"), rows.length > 0);
    if (!byId("spoken").open) return;
    redraw(byId("spoken-list"), rows.map(([key, seconds]) => make("li", { class: most !== null && seconds >= most ? "is-full" : "" },
      make("span", {}, this.store.peer(key) ? this.store.label(this.store.peer(key)) : this.store.nameOfPoint(key)),
      make("span", {}, most === null ? duration(seconds) : `${duration(seconds)} / ${duration(most)}`))));
  }
}
