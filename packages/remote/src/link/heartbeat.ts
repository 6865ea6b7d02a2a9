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
  readonly intervalMs: number;
  /** Silent for so long, to the ends of intervals, and the peer is taken for dead. */
  readonly silentMaxMs: number;
  heard: boolean;
  /** Whether something was said to the peer. */
  said: boolean;
  /** How many intervals in a row nothing came in, and how long they were together. */
  missed: number;
  silentMs: number;
}

/** After the first it is asked, and one that has nothing to say answers in the second. */
const MISSED_MIN = 2;

/** A peer is dead when nothing of it was heard for `downAfterMs`, to an interval. */
export function createHeartbeat({ heartbeatMs, downAfterMs }: Pace): Heartbeat {
  const silentMaxMs = (Math.ceil(downAfterMs / heartbeatMs) - 1) * heartbeatMs;
  return { intervalMs: heartbeatMs, silentMaxMs, heard: true, said: true, missed: 0, silentMs: 0 };
}

/** The same at another pace. The silence goes on, or a link whose pace is changed again and again would never be down. */
export function atPace({ heard, said, missed, silentMs }: Heartbeat, pace: Pace): Heartbeat {
  return { ...createHeartbeat(pace), heard, said, missed, silentMs };
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
    heartbeat.silentMs = 0;
    return said ? 'alive' : 'tell';
  }
  heartbeat.missed += 1;
  heartbeat.silentMs += heartbeat.intervalMs;
  return heartbeat.missed >= MISSED_MIN && heartbeat.silentMs >= heartbeat.silentMaxMs ? 'dead' : 'ask';
}
