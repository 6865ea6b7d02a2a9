/** Monitors: being told, once and one way, that a process has ended. After `erlang:monitor/2`. */

import type { ExitReason } from '../exit-reason.js';
import { type AnyReference, addressOf, own, type Reference } from '../nact.js';
import { distributionOf, onEnd } from './distribution.js';
import { type EndListener, enqueue, type Process, processAt } from './process.js';

/** What a watcher gets in its mailbox when the object of one of its monitors ends: Erlang's `{'DOWN', Ref, process, Object, Reason}`. */
export class Down {
  readonly type = 'DOWN';
  /** The monitor that this is the end of. */
  readonly monitor: Monitor;
  readonly object: Reference;
  readonly reason: ExitReason;

  constructor(monitor: Monitor, reason: ExitReason) {
    this.monitor = monitor;
    this.object = monitor.object;
    this.reason = reason;
  }
}

/** One monitor: what {@link monitor} gives, and {@link demonitor} takes. Several of the same object are several monitors. */
export class Monitor implements EndListener {
  readonly object: Reference;
  readonly #watcher: Process;
  #watched: Process | undefined;
  /** How to stop watching an object of another node. */
  #stopWatching: (() => void) | undefined;

  constructor(watcher: Process, given: AnyReference) {
    const object = own(given);
    this.object = object;
    this.#watcher = watcher;
    // One that has ended hears no more.
    if (!watcher.alive) return;
    const distribution = distributionOf(object);
    if (distribution !== undefined) {
      this.#stopWatching = () => {};
      // It may be told at once; and may throw, which leaves nothing behind.
      const stopWatching = distribution.monitor(object, (reason) => this.#down(reason));
      if (this.#stopWatching === undefined) return;
      this.#stopWatching = stopWatching;
      watcher.listen(this);
      return;
    }
    this.#watched = processAt(object);
    if (this.#watched === undefined) {
      enqueue(watcher, new Down(this, 'noproc'));
    } else {
      this.#watched.listen(this);
      watcher.listen(this);
    }
  }

  /** The object has ended, or the watcher. */
  ended(process: Process, reason: ExitReason): void {
    if (process === this.#watcher) this.#forget();
    else this.#down(reason);
  }

  #down(reason: ExitReason): void {
    if (this.#forget()) enqueue(this.#watcher, new Down(this, reason));
  }

  #forget(): boolean {
    if (this.#watched === undefined && this.#stopWatching === undefined) return false;
    this.#watched?.unlisten(this);
    this.#stopWatching?.();
    this.#watcher.unlisten(this);
    this.#watched = undefined;
    this.#stopWatching = undefined;
    return true;
  }

  /** See {@link demonitor}. */
  end(flush: boolean): boolean {
    const wasActive = this.#forget();
    if (flush && !wasActive) {
      const { mailbox } = this.#watcher.actor;
      for (let index = mailbox.length - 1; index >= 0; index -= 1) {
        const message = mailbox.peekAt(index)?.message;
        if (message instanceof Down && message.monitor === this) mailbox.removeOne(index);
      }
    }
    return wasActive;
  }
}

/**
 * Lets `watcher` know when `object` ends: a {@link Down} with the reason comes into its mailbox, once. If nobody is there,
 * at once, with the reason `noproc`.
 *
 * What is monitored is the incarnation that is there now; to watch the next one, too, monitor again. One of another node can
 * be monitored as well: when the link to its node is lost, or there is none, the reason is `noconnection`.
 *
 * @param watcher an actor of this process, usually the caller itself. A plain nact actor can be one.
 * @throws RangeError when there is no such watcher.
 * @example
 * ```ts
 * import { addressOf, Down, genServer, monitor, startActor, startSystem, stopActor } from '@parliament/otp';
 *
 * const watcher = genServer({
 *   init: () => ({ state: null }),
 *   handleInfo(message, state) {
 *     if (message instanceof Down) console.log(addressOf(message.object), message.reason);
 *     return { state };
 *   },
 * });
 * const system = startSystem('shop');
 * const guard = await startActor(system, 'guard', watcher);
 * const till = await startActor(system, 'till', genServer({ init: () => ({ state: null }) }));
 * monitor(guard, till);
 * await stopActor(till); // shop://till normal
 * ```
 */
export function monitor(watcher: AnyReference, object: AnyReference): Monitor {
  return new Monitor(living(watcher, 'watcher'), object);
}

/**
 * Ends a monitor: from here on no {@link Down} of it is put into the mailbox.
 *
 * @param options `flush` also takes out the one that may wait there already; so that, called by the watcher itself while it
 *   handles a message, none will be seen.
 * @returns whether the monitor was still active: false when its object had ended before.
 */
export function demonitor(monitor: Monitor, options: { readonly flush?: boolean } = {}): boolean {
  return monitor.end(options.flush ?? false);
}

/**
 * For programs that are no actors: resolves with the reason when the process at `object` ends; at once with `noproc` when
 * there is none.
 *
 * @param signal stops watching; then the promise stays pending.
 */
export function whenDown(given: AnyReference, signal?: AbortSignal): Promise<ExitReason> {
  return new Promise((resolve) => {
    const object = own(given);
    if (signal?.aborted === true) return;
    let stopWatching: (() => void) | undefined;
    const ended = (reason: ExitReason): void => {
      signal?.removeEventListener('abort', abandon);
      resolve(reason);
    };
    const abandon = (): void => stopWatching?.();
    signal?.addEventListener('abort', abandon, { once: true });
    const distribution = distributionOf(object);
    stopWatching = distribution === undefined ? onEnd(object, ended) : distribution.monitor(object, ended);
    if (stopWatching === undefined) ended('noproc');
  });
}

/** @throws RangeError when no actor of this process lives at the reference. */
export function living(reference: AnyReference, what: string): Process {
  const process = processAt(reference);
  if (process !== undefined) return process;
  throw new RangeError(`${what}: no actor of this process is at ${addressOf(reference)}`);
}
