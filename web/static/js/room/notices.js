/** What the log's events mean to this reader, in a sentence. The state itself comes with the patch; this only speaks. */
import { t } from "./boot.js";
import { toast } from "./toasts.js";

export class Notices {
  constructor({ store, own, people, chimes, request }) {
    Object.assign(this, { store, own, people, chimes, request });
  }

  /** Speak about one event of the log, after its patch was applied. */
  tell({ type, data }) {
    const speak = this[type];
    if (speak && !this.store.outside) speak.call(this, data);
  }

  name(id) {
    const peer = this.store.peer(id);
    return peer ? this.store.label(peer) : "";
  }

  isMe(id) {
    return id === this.store.me?.peer;
  }

  session_opened() {
    toast(t("session_open"), { look: "good" });
  }

  session_extended({ minutes }) {
    toast(t("extended", { minutes }));
  }

  hand_raised({ peer, order, subject, question }) {
    if (this.isMe(peer)) return this.inTheList(subject || order || question);
    if (question && this.store.steers) return toast(t("citizen_waits", { name: this.name(peer) }), { act: { word: t("give_floor"), run: () => this.people.order("grant_floor", { peer }) } });
    if (order) toast(t("order_raised", { name: this.name(peer) }), { look: "warn" });
    else if (this.store.steers)
      toast(t("hand_raised", { name: this.name(peer) }), {
        act: { word: t("give_floor"), run: () => this.people.order("grant_floor", { peer }) },
      });
  }

  /** Whoever has just raised a hand hears the place, and may say what about. */
  inTheList(said) {
    const place = this.store.placeOf(this.store.me.peer);
    const act = said ? null : { word: t("add_subject"), run: () => this.request.open() };
    if (place) toast(t("you_are_in_list", { place }), { act });
  }

  /** With the microphone off the large prompt says it; see floor_prompt.js. */
  floor_granted({ peer }) {
    if (!this.isMe(peer)) return;
    this.chimes.play("floor");
    if (this.own.microphone || this.store.me.via === "control") toast(t("you_have_floor"), { look: "good" });
  }

  /** After a point of order the floor goes back to whom it interrupted. */
  floor_released({ peer, by }) {
    if (!this.isMe(peer) && this.isMe(this.store.room.floor)) return this.floor_granted({ peer: this.store.me.peer });
    if (this.isMe(peer) && by && !this.isMe(by)) toast(t("floor_taken"));
  }

  unmute_asked({ peer }) {
    if (this.isMe(peer) && !this.own.microphone) this.offerMicrophone(t("unmute_asked"));
  }

  offerMicrophone(text) {
    const run = () => !this.own.microphone && this.own.toggleMicrophone();
    toast(text, { look: "warn", stay: true, act: { word: t("unmute"), run } });
  }

  agenda_moved() {
    const item = this.store.agendaItem;
    if (item) toast(t("next_item", item));
  }

  screen_started({ peer }) {
    if (!this.isMe(peer)) toast(t("screen_shared", { name: this.name(peer) }));
  }

  document_shown({ by, title }) {
    if (by && !this.isMe(by)) toast(t("paper_shows", { name: this.name(by), title: title || t("paper_limited") }));
  }

  chair_taken({ peer }) {
    toast(t("chair_taken", { name: this.name(peer) }), { look: "warn" });
  }

  chair_returned({ peer }) {
    toast(t("chair_returned", { name: this.name(peer) }));
  }

  peer_away({ peer }) {
    if (this.store.peer(peer)?.role === "chair") toast(t("chair_lost"), { look: "warn" });
  }
}
