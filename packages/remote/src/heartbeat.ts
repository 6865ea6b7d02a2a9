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
  /** So many intervals in a row in which nothing came, and the peer is taken for dead. */
  readonly missedMax: number;
  /** Monotonic milliseconds. */
  lastTickAt: number;
  heard: boolean;
  missed: number;
}

/** A peer is dead when nothing of it was heard for `downAfterMs`, to an interval. */
export function createHeartbeat({ heartbeatMs, downAfterMs }: Pace, now: number): Heartbeat {
  const missedMax = Math.max(1, Math.ceil(downAfterMs / heartbeatMs) - 1);
  return { intervalMs: heartbeatMs, missedMax, lastTickAt: now, heard: true, missed: 0 };
}

/** Any frame is a sign of life. */
export function hear(heartbeat: Heartbeat): void {
  heartbeat.heard = true;
}

/**
 * `ask`: nothing came since the last tick, send a ping. An interval that was much too long is this node's own fault, or its
 * machine's: what the peer sent may still wait to be read, so it is not held against the peer.
 */
export function tick(heartbeat: Heartbeat, now: number): 'alive' | 'ask' | 'dead' {
  const stalled = now - heartbeat.lastTickAt > heartbeat.intervalMs * 1.5 + 10;
  heartbeat.lastTickAt = now;
  if (heartbeat.heard) {
    heartbeat.heard = false;
    heartbeat.missed = 0;
    return 'alive';
  }
  if (!stalled) heartbeat.missed += 1;
  return heartbeat.missed >= heartbeat.missedMax ? 'dead' : 'ask';
}
