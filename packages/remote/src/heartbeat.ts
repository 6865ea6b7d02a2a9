/** How closely a link is watched. */
export interface Pace {
  /** How often a silent link is asked for a sign of life, in milliseconds. */
  readonly heartbeatMs: number;
  /** A link on which nothing was heard for so long, to a heartbeat, is down, in milliseconds. */
  readonly downAfterMs: number;
}

/** The closest of several, in each respect. */
export function closest(paces: Iterable<Pace>): Pace {
  let heartbeatMs = Number.POSITIVE_INFINITY;
  let downAfterMs = Number.POSITIVE_INFINITY;
  for (const pace of paces) {
    heartbeatMs = Math.min(heartbeatMs, pace.heartbeatMs);
    downAfterMs = Math.min(downAfterMs, pace.downAfterMs);
  }
  return { heartbeatMs, downAfterMs };
}

/** Whether the other side of a link lives: a pure step, taken once every interval. */
export interface Heartbeat {
  /** So many intervals in a row in which nothing came, and the peer is taken for dead. */
  readonly missedMax: number;
  heard: boolean;
  /** Whether something was said to the peer. */
  said: boolean;
  missed: number;
}

/** A peer is dead when nothing of it was heard for `downAfterMs`, to an interval. */
export function createHeartbeat({ heartbeatMs, downAfterMs }: Pace): Heartbeat {
  return { missedMax: Math.max(1, Math.ceil(downAfterMs / heartbeatMs) - 1), heard: true, said: true, missed: 0 };
}

/** Any byte is a sign of life. */
export function hear(heartbeat: Heartbeat): void {
  heartbeat.heard = true;
}

/**
 * What one interval was like. To be taken once everything that has come was read, and not before: then an interval that was
 * much too long, since this node or its machine stood still, is no more than one interval.
 *
 * `ask`: nothing came, send a ping. `tell`: something came and nothing was said, so say something. Who sends much over a slow
 * line cannot ask, as the question waits behind all that; so whoever hears tells that it does, unasked.
 */
export function tick(heartbeat: Heartbeat): 'alive' | 'ask' | 'tell' | 'dead' {
  const { heard, said } = heartbeat;
  heartbeat.heard = false;
  heartbeat.said = false;
  if (heard) {
    heartbeat.missed = 0;
    return said ? 'alive' : 'tell';
  }
  heartbeat.missed += 1;
  return heartbeat.missed >= heartbeat.missedMax ? 'dead' : 'ask';
}
