// The list of a door as it stands with what waits to be sent already in it. Pure.

export const EMPTY = { counts: { inside: 0, registered: 0, free: 0 }, tickets: [], gone: [], mark: "" };

export function present(list, acts) {
  const tickets = new Map(list.tickets.map((ticket) => [ticket.code, { ...ticket }]));
  const counts = { ...list.counts };
  for (const act of acts) {
    const ticket = tickets.get(act.ticket);
    if (act.kind === "walk_in") counts.inside += act.people;
    else if (act.kind === "came" && ticket && ticket.state !== "came") {
      Object.assign(ticket, { state: "came", came: act.people, at: act.at });
      counts.inside += act.people;
    }
  }
  return { tickets, counts };
}
