/** What makes no sense in a spec is refused before anything is started. */

import type { AnyBehaviour } from '../actor/behaviour.js';
import { checkMailbox } from '../actor/mailbox.js';
import type { Shutdown } from '../actor/running.js';
import { checkOptions, namesIn } from '../options.js';
import { LONGEST_TIMEOUT_MS } from '../promises.js';
import {
  AUTO_SHUTDOWNS,
  type AutoShutdown,
  type Backoff,
  type ChildSpec,
  type ChildTemplate,
  RESTARTS,
  STRATEGIES,
  type SupervisorSpec,
} from './supervisor-spec.js';

export const DEFAULT_INTENSITY = 3;
export const DEFAULT_PERIOD_MS = 5000;

/** What a child's id must look like; the same as nact asks of names. */
const LEGAL_NAME = /^[a-z0-9-$_.+!*'(),]+$/i;

const SUPERVISOR_OPTIONS = namesIn<SupervisorSpec>({
  strategy: true,
  children: true,
  child: true,
  intensity: true,
  periodMs: true,
  autoShutdown: true,
  backoff: true,
  registeredName: true,
  onMessage: true,
  onEnd: true,
  onEvent: true,
});

const CHILD_OPTIONS = namesIn<ChildSpec>({
  id: true,
  start: true,
  supervisor: true,
  restart: true,
  significant: true,
  shutdown: true,
  startMs: true,
  mailbox: true,
  registeredName: true,
});

const BACKOFF_OPTIONS = namesIn<Backoff>({ firstMs: true, maxMs: true });

/** @throws RangeError naming what is wrong. */
export function checkSpec(spec: SupervisorSpec): void {
  checkOptions('supervisor', spec, SUPERVISOR_OPTIONS);
  const { strategy, intensity = DEFAULT_INTENSITY, periodMs = DEFAULT_PERIOD_MS, autoShutdown = 'never' } = spec;
  checkOneOf('strategy', strategy, STRATEGIES);
  checkOneOf('autoShutdown', autoShutdown, AUTO_SHUTDOWNS);
  if (!Number.isSafeInteger(intensity) || intensity < 0) {
    throw new RangeError(`intensity: ${intensity} is not a whole number of restarts, 0 or more`);
  }
  if (!(periodMs > 0)) throw new RangeError(`periodMs: ${periodMs} is not a time in milliseconds, above 0`);
  if (spec.backoff !== undefined) {
    checkOptions('backoff', spec.backoff, BACKOFF_OPTIONS);
    const { firstMs, maxMs } = spec.backoff;
    checkTime('backoff.firstMs', firstMs);
    checkTime('backoff.maxMs', maxMs);
    if (maxMs < firstMs) throw new RangeError(`backoff.maxMs: ${maxMs} is less than firstMs, ${firstMs}`);
  }
  for (const name of ['onMessage', 'onEnd', 'onEvent'] as const) {
    if (spec[name] !== undefined) checkFunction(name, spec[name]);
  }
  if (spec.strategy === 'simple_one_for_one') {
    checkChild(spec.child, autoShutdown);
    checkFunction('child: start or supervisor', 'start' in spec.child ? spec.child.start : spec.child.supervisor);
    return;
  }
  const ids = new Set<string>();
  if (!Array.isArray(spec.children)) throw new RangeError('children: is no array of children');
  for (const child of spec.children) {
    checkChild(child, autoShutdown);
    if (ids.has(child.id)) throw new RangeError(`child ${child.id} is described twice; give each an id of its own`);
    ids.add(child.id);
  }
}

/** @throws RangeError naming what is wrong. */
export function checkChild(child: ChildSpec | ChildTemplate, autoShutdown: AutoShutdown): void {
  checkOptions('child', child, CHILD_OPTIONS);
  const { id, restart = 'permanent', significant = false, shutdown = 0 } = child;
  if (!LEGAL_NAME.test(id)) throw new RangeError(`child id ${id}: only letters, digits and -$_.+!*'(), are legal`);
  checkOneOf(`child ${id}: restart`, restart, RESTARTS);
  if (significant && restart === 'permanent') {
    throw new RangeError(
      `child ${id}: significant: a permanent child never ends for good; make it transient or temporary`,
    );
  }
  if (significant && autoShutdown === 'never') {
    throw new RangeError(`child ${id}: significant: means nothing as long as its supervisor has autoShutdown 'never'`);
  }
  checkShutdown(`child ${id}: shutdown`, shutdown);
  if ('supervisor' in child) {
    if (typeof child.supervisor !== 'function') checkSpec(child.supervisor);
    return;
  }
  if (typeof child.start !== 'function') checkBehaviour(`child ${id}: start`, child.start);
  if (child.startMs !== undefined) checkTime(`child ${id}: startMs`, child.startMs);
  if (child.mailbox !== undefined) checkMailbox(`child ${id}`, child.mailbox);
}

/** @throws RangeError when it is none. Names are not looked at: a behaviour may be an object of the user's with more in it. */
export function checkBehaviour(whose: string, behaviour: AnyBehaviour): void {
  if (typeof behaviour !== 'object' || behaviour === null) throw new RangeError(`${whose}: is no behaviour`);
  for (const name of ['init', 'receive'] as const) checkFunction(`${whose}: ${name}`, behaviour[name]);
  for (const name of ['terminate', 'inspect'] as const) {
    if (behaviour[name] !== undefined) checkFunction(`${whose}: ${name}`, behaviour[name]);
  }
}

function checkFunction(what: string, value: unknown): void {
  if (typeof value !== 'function') throw new RangeError(`${what}: is no function`);
}

export function checkShutdown(what: string, shutdown: Shutdown): void {
  if (typeof shutdown === 'number') checkTime(what, shutdown);
  else checkOneOf(what, shutdown, ['brutal_kill', 'infinity']);
}

export function checkTime(what: string, ms: number): void {
  if (!(ms >= 0) || ms > LONGEST_TIMEOUT_MS) {
    throw new RangeError(`${what}: ${ms} is not between 0 and ${LONGEST_TIMEOUT_MS}`);
  }
}

function checkOneOf(what: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) throw new RangeError(`${what}: ${value} is none of ${allowed.join(', ')}`);
}
