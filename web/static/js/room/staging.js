/**
 * Who is shown large: the chair's arrangement for everybody, or while that is free this page's own. Pure, but for the words.
 */
import { t } from "./boot.js";

const FIRST_SCREEN = 24; // small pictures beside the large one; the second screen has 25

/** Pictures the chair may name in an arrangement. */
export const NAMED = { two: 2, pinned: 1 };

/** The chair's arrangement of a room; free where there is none. */
export const stageOf = (room) => room?.stage ?? { mode: "free", peers: [], page: 0 };

/**
 * The large places, first the larger: `[{peer, screen}]`; none in a gallery. `pick(pinned)` gives whoever this page would show;
 * `me` is shown to itself only beside another. Who is called in a roll call (`called`) goes before
 * everything but a pin of one's own.
 */
export function largePlaces({ stage, screen, me, here, pinned, called = null, pick }) {
  const { mode, peers } = stage;
  const chosen = mode === "free" && pinned && here.has(pinned);
  if (called && here.has(called) && !chosen) return [{ peer: called, screen: false }];
  const there = (peers ?? []).filter((peer) => peer === me || here.has(peer));
  if (mode === "gallery") return [];
  if (mode === "two" && there.length === 2) return there.map((peer) => ({ peer, screen: false }));
  if (mode === "pinned" && there.length && there[0] !== me) return [{ peer: there[0], screen: false }];
  const shared = screen && screen !== me && here.has(screen);
  if (shared && ["free", "screen"].includes(mode)) return [{ peer: screen, screen: true }];
  return [{ peer: pick(mode === "free" ? pinned : null), screen: false }];
}

/** Beside a document, or a screen that the chair shows to everybody, the speaker comes first among the small pictures. */
export function speakerFirst(list, { stage, floor, document }) {
  const speaker = (stage.mode === "screen" || document) && list.find((peer) => peer.peer === floor);
  return speaker ? [speaker, ...list.filter((peer) => peer !== speaker)] : list;
}

/** A hall may have two screens: the first half of the small pictures stands on screen 1, the others on screen 2 (0: one screen). */
export function shareOf(list, screen) {
  const half = Math.min(FIRST_SCREEN, Math.ceil(list.length / 2));
  return [list, list.slice(0, half), list.slice(half)][screen];
}

/** What the chair has decided, for everybody else; nothing while it is free. */
export function stageWords(store) {
  const { mode, peers } = stageOf(store.room);
  if (store.phase !== "live" || mode === "free") return "";
  if (peers?.includes(store.me?.peer)) return t("stage_shows_you");
  return t("stage_shows", { what: t(`stage_${mode}`) });
}
