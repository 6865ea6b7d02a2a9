/**
 * What a handler must not call, since every member would get something else, or since it does not end with the handler. While one runs
 * in development mode, each of these throws; then they are put back.
 */

import { MachineError } from '../errors.js';
import { messageOf } from '../text.js';
import { placeIn, withStackBelow } from './place.js';

const CLOCK = 'every member has another clock: use at.time';
const CHANCE = 'every member would get something else: use at.random()';
const LATER = 'a handler is synchronous, and nothing of it goes on later';
const OUTSIDE = 'what is outside differs from member to member: bring it in with the command';

/** Where it is, what it is called, and why not. What there is not, in one surroundings or another, is passed over. */
const FORBIDDEN: readonly (readonly [owner: string, names: readonly string[], why: string])[] = [
  ['performance', ['now'], CLOCK],
  ['process', ['hrtime', 'uptime'], CLOCK],
  [
    'Temporal.Now',
    ['instant', 'plainDateISO', 'plainDateTimeISO', 'plainTimeISO', 'timeZoneId', 'zonedDateTimeISO'],
    CLOCK,
  ],
  ['Math', ['random'], CHANCE],
  ['crypto', ['getRandomValues', 'randomUUID'], CHANCE],
  ['', ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'requestAnimationFrame'], LATER],
  ['process', ['nextTick'], LATER],
  ['', ['fetch'], OUTSIDE],
];

/** The handlers that run now, the innermost last: a handler may call what calls another one. */
const running: Running[] = [];
let putBack: readonly (() => void)[] = [];

interface Running {
  /** `account.deposit` */
  readonly called: string;
  /** What it called first: it may have caught the error. */
  found?: MachineError;
}

/** Runs a handler. @throws MachineError `forbidden-call`, even when the handler has caught it */
export function guarded<Result>(called: string, run: () => Result): Result {
  const self: Running = { called };
  if (running.length === 0) putBack = replaceAll();
  running.push(self);
  let result: Result;
  try {
    result = run();
  } catch (error) {
    throw self.found ?? error;
  } finally {
    running.pop();
    if (running.length === 0) for (const each of putBack) each();
  }
  if (self.found !== undefined) throw self.found;
  return result;
}

/** Gives what puts them back, the last one first. */
function replaceAll(): (() => void)[] {
  const done: (() => void)[] = [];
  try {
    done.unshift(replace(globalThis, 'Date', forbiddenDate()));
    for (const [path, names, why] of FORBIDDEN) {
      const owner = ownerAt(path);
      for (const name of names) {
        if (typeof Reflect.get(owner, name) !== 'function') continue;
        done.unshift(replace(owner, name, forbidden(path === '' ? name : `${path}.${name}`, why)));
      }
    }
  } catch (error) {
    for (const each of done) each();
    const text = `development mode cannot watch what is called here: ${messageOf(error)}`;
    throw new MachineError('bad-machine', text, { cause: error });
  }
  return done;
}

function forbidden(shown: string, why: string): () => never {
  const call = (): never => refuse(shown, why, call);
  // As process.hrtime has one.
  return Object.assign(call, { bigint: call });
}

/** Empty where there is no such thing. */
function ownerAt(path: string): object {
  const names = path === '' ? [] : path.split('.');
  return names.reduce((owner: object, name): object => Object(Reflect.get(owner, name)), globalThis);
}

/** Gives what puts it back. What the owner has from its prototype is left alone there. */
function replace(owner: object, name: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(owner, name);
  Object.defineProperty(owner, name, { configurable: true, value });
  return () => {
    if (before === undefined) Reflect.deleteProperty(owner, name);
    else Object.defineProperty(owner, name, before);
  };
}

/** A `Date` that makes dates of what it is given, and of nothing else. */
function forbiddenDate(): DateConstructor {
  const now = (): never => refuse('Date.now', CLOCK, now);
  const traps: Required<Pick<ProxyHandler<DateConstructor>, 'apply' | 'construct' | 'get'>> = {
    apply: () => refuse('Date()', CLOCK, traps.apply),
    construct: (target, all, newTarget) =>
      all.length === 0 ? refuse('new Date()', CLOCK, traps.construct) : Reflect.construct(target, all, newTarget),
    get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
  };
  return new Proxy(Date, traps);
}

/** `called` is the function that the handler has called: the place is the one below it. */
function refuse(shown: string, why: string, called: (...all: never) => unknown): never {
  const self = running.at(-1);
  const place = placeIn(withStackBelow(called, new Error()).stack);
  const error = new MachineError('forbidden-call', `${self?.called} calls ${shown} at ${place}: ${why}`);
  if (self !== undefined) self.found ??= error;
  throw error;
}
