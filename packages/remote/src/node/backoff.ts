/** The pause before dial number `attempt` (0 is the first after a loss): doubled each time, and jittered by half. */
export function backoffMs(attempt: number, minMs: number, maxMs: number, random: () => number = Math.random): number {
  const whole = Math.min(maxMs, minMs * 2 ** Math.min(attempt, 30));
  return whole * (0.5 + random() / 2);
}
