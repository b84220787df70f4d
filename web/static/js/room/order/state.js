/** Reading the order of the meeting out of the room's state. Pure: the store comes in, names and slugs go out. */

/** Whether a roll call is going on. */
export const rollOn = (room) => Boolean(room?.roll && !room.roll.ended_at);

/** Whether the points are being asked whether they are here. */
export const checkOn = (room) => Boolean(room?.check && !room.check.closed_at);

/** The slugs of the invited points, in the session's order. */
export const invited = (room) => (room?.session.points ?? []).map((point) => point.slug);

/** Points of which somebody sits in the room now. */
export function seated(store) {
  const peers = Object.values(store.room?.peers ?? {});
  return new Set(peers.filter((peer) => store.sends(peer) && !peer.away_at && !peer.held).map((peer) => peer.point));
}

/** Whether a peer sees and hears nothing now, as the server decides it: it waits outside, or is left out of the closed item. */
export function cutOff(store, peer) {
  const { closed_item: closed, chair } = store.room;
  if (peer.held) return true;
  if (!closed || ["chair", "secretary", "interpreter"].includes(peer.role) || chair.acting === peer.peer) return false;
  return peer.role === "watcher" || Boolean(closed.points && !closed.points.includes(peer.point));
}

/** Points that count for the quorum, as the server counts them: seated and not marked absent, or represented by one that is here. */
export function pointsHere(store) {
  const there = seated(store);
  const marks = store.room?.roll?.marks ?? {};
  return invited(store.room).filter((slug) => {
    const mark = marks[slug];
    if (mark?.mark === "represented" && (!mark.by || there.has(mark.by))) return true;
    return there.has(slug) && mark?.mark !== "absent";
  });
}

/** The point to call next: the first without a mark after the present one, then from the beginning; null when all are done. */
export function nextPoint(room) {
  return after(invited(room), room.roll.current, (slug) => !room.roll.marks[slug]);
}

/** The voter to call next in a vote by roll call, or null. */
export function nextVoter(vote) {
  return after(vote.voters, vote.current, (voter) => !vote.voted.includes(voter));
}

function after(list, current, wanted) {
  const from = list.indexOf(current) + 1;
  return [...list.slice(from), ...list.slice(0, from)].find((key) => key !== current && wanted(key)) ?? null;
}

/** Those for whom this page may vote: itself or its point, and the points that its own represents. */
export function ownVoters(store, vote) {
  const { me, room } = store;
  if (!store.speaks) return [];
  const own = vote.unit === "point" ? me.point : me.peer;
  const marks = vote.unit === "point" ? room.roll?.marks ?? {} : {};
  const stands = (voter) => voter === own || (marks[voter]?.mark === "represented" && marks[voter].by === me.point);
  return vote.voters.filter((voter) => voter && stands(voter));
}

/** The peer whose picture comes up large by itself: the one called in a roll call or in a vote by roll call. */
export function calledPeer(store) {
  const { room } = store;
  const point = rollOn(room) ? room.roll.current : null;
  const { unit, current } = room?.vote ?? {};
  if (!point && unit === "person") return store.peer(current)?.peer ?? null;
  const slug = point ?? current;
  const found = slug ? store.visible.filter((peer) => peer.point === slug && !peer.held) : [];
  return (found.find((peer) => store.cameraOf(peer)) ?? found[0])?.peer ?? null;
}
