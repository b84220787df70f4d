/** Reading interpretation out of the room's state. Pure: the store comes in, peers, languages and words' keys go out. */
import { boot } from "../boot.js";

/** The languages of interpretation by code, with their own names, in the order in which pages list them. */
export const LANGUAGES = Object.fromEntries(boot.channels);

/** The language that a peer interprets into, or null. */
export function channelOf(room, peer) {
  const found = Object.entries(room?.channels ?? {}).find(([, channel]) => channel.peers.includes(peer));
  return found ? found[0] : null;
}

/**
 * What a channel carries now: `{peer, state}`; null: nobody interprets into this language. `state` is "on" (heard), "muted" and
 * "lost" (there is a peer, but nothing comes), or "nobody" (interpreters are there, none of them is on the air).
 */
export function airOf(store, language) {
  const channel = store.room?.channels?.[language];
  if (!channel) return null;
  const peer = store.peer(channel.air);
  if (!peer) return { peer: null, state: "nobody" };
  if (!peer.microphone) return { peer, state: "muted" };
  return { peer, state: store.sources.get(`${peer.peer}:microphone`)?.active ? "on" : "lost" };
}

/**
 * How an interpreter stands in the own channel: "choose" (in none), "on", "muted" (on the air), "offered" (to me), "free" (nobody is
 * on the air), "lost" (whoever is has no line), or "ready".
 */
export function standing(store) {
  const { room, me } = store;
  const language = channelOf(room, me?.peer);
  if (!language) return "choose";
  const { air, offered } = room.channels[language];
  if (air === me.peer) return store.mine?.microphone ? "on" : "muted";
  if (!store.peer(air)) return "free";
  if (offered === me.peer) return "offered";
  return store.peer(air).away_at ? "lost" : "ready";
}

/** Those with whom an interpreter shares the channel, in the order in which they take turns, whoever is next first. */
export function colleagues(store) {
  const { room, me } = store;
  const peers = room.channels[channelOf(room, me.peer)]?.peers ?? [];
  const own = peers.indexOf(me.peer);
  return [...peers.slice(own + 1), ...peers.slice(0, own)].map((peer) => store.peer(peer)).filter(Boolean);
}
