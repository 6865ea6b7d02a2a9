/** Actors without a supervisor: OTP's `gen_server:start` and `start_link`. Nobody restarts them; who must know, links or monitors. */

import * as platform from '#platform';
import { type AnyBehaviour, IGNORE } from '../actor/behaviour.js';
import { checkMailbox, type MailboxBound } from '../actor/mailbox.js';
import { DEFAULT_SHUTDOWN_MS, type EndedBy, type Shutdown } from '../actor/running.js';
import { placeLeft, startWorker, type Worker, workerOf } from '../actor/worker.js';
import { StartError } from '../errors.js';
import { errorOf, type ExitReason, exitReason, isAbnormal, reasonText } from '../exit-reason.js';
import { type AnyReference, addressOf, childReference, type Reference, stopTree } from '../nact.js';
import { checkOptions, namesIn } from '../options.js';
import { reportCrash } from '../process/crash-reports.js';
import { living, whenDown } from '../process/monitor.js';
import { checkOpen } from '../process/systems.js';
import { detach, guard } from '../promises.js';
import { supervisorOf } from '../supervisor/supervisor.js';
import { checkBehaviour, checkShutdown, checkTime } from '../supervisor/supervisor-check.js';

/** How an actor is started, besides its behaviour. */
export interface ActorSettings {
  /** Is linked with the new actor, from before its `init`: usually the one that starts it. Default: nobody. */
  readonly link?: AnyReference;
  /** Default: as many messages as there is memory. */
  readonly mailbox?: MailboxBound;
  /** It gets this name (see `register`) before its `init`. */
  readonly registeredName?: string;
  /** Past this, in milliseconds, the start has failed. Default: no limit. */
  readonly startMs?: number;
  /** Limits its handler in flight, and then its `terminate`, each, once it is to end. Default 5000 milliseconds. */
  readonly shutdown?: Shutdown;
  /** Is told of what failed after the end, or took too long. What it throws is ignored. Default: a warning of the process. */
  readonly onTrouble?: (message: string, error?: unknown) => void;
}

const ACTOR_SETTINGS = namesIn<ActorSettings>({
  link: true,
  mailbox: true,
  registeredName: true,
  startMs: true,
  shutdown: true,
  onTrouble: true,
});

/**
 * Starts an actor as `name` below `parent`, without a supervisor.
 *
 * @returns its reference, once it has started.
 * @throws StartError when it does not start, when its `init` gave IGNORE, when there is no actor at `parent`, or a name is taken or not
 *   legal.
 * @throws RangeError when a setting is out of its range, or there is no actor to link to.
 * @example
 * ```ts
 * import { type Behaviour, dispatch, startActor, startSystem, stopActor } from '@parliament/otp';
 *
 * const printer: Behaviour<number, string> = {
 *   init: () => 0,
 *   receive(count, text) {
 *     console.log(count + 1, text);
 *     return count + 1;
 *   },
 * };
 * const actor = await startActor(startSystem(), 'printer', printer, { mailbox: { limit: 1000 } });
 * dispatch(actor, 'hello'); // 1 hello
 * console.log(await stopActor(actor)); // normal
 * ```
 */
export async function startActor(
  parent: AnyReference,
  name: string,
  behaviour: AnyBehaviour,
  settings: ActorSettings = {},
): Promise<Reference> {
  checkOptions(`startActor(${name})`, settings, ACTOR_SETTINGS);
  checkBehaviour(name, behaviour);
  const { link, mailbox, registeredName, startMs, shutdown = DEFAULT_SHUTDOWN_MS } = settings;
  if (mailbox !== undefined) checkMailbox(name, mailbox);
  if (startMs !== undefined) checkTime(`${name}: startMs`, startMs);
  checkShutdown(`${name}: shutdown`, shutdown);
  const linked = link === undefined ? undefined : living(link, 'link');
  const listener = settings.onTrouble ?? warn;
  // A listener's fault is its own: it must not disturb the actor.
  const onTrouble = (message: string, error?: unknown): void =>
    guard(
      () => listener(message, error),
      () => {},
    );
  const leave = (): void => {
    if (worker !== undefined) detach(worker.halt(shutdown));
  };
  let worker: Worker | undefined;
  const onExit = (reason: ExitReason, { isSignal, messageType }: EndedBy): void => {
    // Who is ended by another one has not crashed.
    if (worker !== undefined && isAbnormal(reason) && !isSignal) {
      reportCrash({
        type: 'crashed',
        actor: worker.process.reference,
        incarnation: worker.process.number,
        reason: reasonText(reason),
        ...errorOf(reason),
        ...(messageType === undefined ? {} : { messageType }),
      });
    }
    leave();
  };
  const left = placeLeft(childReference(parent, name));
  if (left !== undefined) await left;
  try {
    // As in OTP: who ends while one that is linked with it starts takes that with it.
    if (linked?.alive === false)
      throw new Error(`the actor to link with has ended: ${reasonText(linked.reason ?? 'noproc')}`);
    checkOpen(parent);
    worker = startWorker(
      parent,
      name,
      behaviour,
      { onExit, onOrphan: leave, onFenced: () => {}, onTrouble },
      { linked, mailbox, registeredName, startMs, shutdown },
    );
    if ((await worker.started) === 'started') return worker.process.reference;
    throw new Error('its init gave IGNORE: it is not needed', { cause: IGNORE });
  } catch (error) {
    await worker?.halt(shutdown);
    throw new StartError(name, error);
  }
}

/**
 * Ends an actor in order, as OTP's `gen_server:stop`: the messages that wait already are handled first; then `terminate`
 * runs. One that has not started ends at once; so does a plain nact actor. A supervisor is ended, too. A child of a supervisor is ended as if by itself: what follows depends on its
 * `restart`.
 *
 * @returns once it has ended; the reason with which it did.
 * @throws RangeError when no actor of this process is at the reference.
 */
export async function stopActor(reference: AnyReference, reason: ExitReason = 'normal'): Promise<ExitReason> {
  const process = living(reference, `stopActor(${addressOf(reference)})`);
  const end = whenDown(reference);
  const supervisor = supervisorOf(process);
  if (supervisor !== undefined) await supervisor.shutdown();
  else {
    const worker = workerOf(process);
    if (worker === undefined) stopTree(process.actor);
    else worker.stopInTurn(exitReason(reason));
  }
  return end;
}

function warn(message: string, error?: unknown): void {
  platform.warn(message, error === undefined ? undefined : String(error));
}
