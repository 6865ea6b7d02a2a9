/** Who waits for a reply of which actor, so that its end can be told at once: the monitor in OTP's `gen_server:call`. */

/** By the address of an actor: what to do when its incarnation ends. */
const waiting = new Map<string, Set<() => void>>();

/** Calls `onEnd` when the actor at `address` ends, until the returned function is called. */
export function watchEnd(address: string, onEnd: () => void): () => void {
  const watchers = waiting.get(address) ?? new Set();
  waiting.set(address, watchers.add(onEnd));
  return () => {
    watchers.delete(onEnd);
    if (watchers.size === 0 && waiting.get(address) === watchers) waiting.delete(address);
  };
}

/** The actor at `address` has ended: nothing that waits in its mailbox will ever be handled. */
export function announceEnd(address: string): void {
  const watchers = waiting.get(address);
  waiting.delete(address);
  if (watchers !== undefined) for (const onEnd of watchers) onEnd();
}
