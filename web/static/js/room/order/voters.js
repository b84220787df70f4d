/** Names of those who vote: points by their name, people as long as this page has seen them. */
import { t } from "../boot.js";

const seen = new Map(); // peer id → name, also of those who have left meanwhile

/** The name of a voter: a point's slug or a peer's id. */
export function voterName(store, voter) {
  const peer = store.peer(voter);
  if (peer) seen.set(voter, [store.label(peer), peer.point ? peer.name : ""].filter(Boolean).join(", "));
  const point = store.room.session.points.some(({ slug }) => slug === voter);
  return seen.get(voter) ?? (point ? store.nameOfPoint(voter) : t("voter_gone"));
}
