import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { deleteRange, emptyKv, type KvState, type Operation, put } from '../src/index.js';
import { type Etcd, hasEtcd, startEtcd } from './etcd.js';
import { answered, asked, eventsOf, watchJson } from './etcd-json.js';
import { play, plain } from './playing.js';
import { anyStep, dated, LEASES, type Step } from './steps.js';

/** How many requests: more with `npm run properties:kv`. */
const STEPS = process.env.PROPERTIES === 'long' ? 15_000 : 1_000;

const LIMIT_MS = 3 * 60 * 60_000;

/** The last key, with which a watch ends. */
const END = new Uint8Array([0xff, 0xff]);

/**
 * etcd lets through some of what it says that it refuses: a put in a range that is deleted up to the end of all keys, and a put of a key that
 * a transaction beside it deletes. Ours refuses; so these are not compared.
 */
function isLetThrough(step: Step, answer: unknown): boolean {
  if (step.type !== 'txn' || JSON.stringify(answer) !== '{"refused":"duplicate-key"}') return false;
  return [...(step.then ?? []), ...(step.else ?? [])].some((each) => hasOddDelete(each, false));
}

function hasOddDelete(step: Operation, isInside: boolean): boolean {
  if (step.type === 'delete') return isInside || (step.rangeEnd?.length === 1 && step.rangeEnd[0] === 0);
  if (step.type !== 'txn') return false;
  return [...(step.then ?? []), ...(step.else ?? [])].some((each) => hasOddDelete(each, true));
}

/** etcd's transactions inside others have no revision of their own. */
function withoutInnerRevision(answer: unknown, isInside = false): unknown {
  if (Array.isArray(answer)) return answer.map((each) => withoutInnerRevision(each, true));
  if (typeof answer !== 'object' || answer === null) return answer;
  const entries = Object.entries(answer).map(([name, value]) => [name, withoutInnerRevision(value, isInside)] as const);
  const isInner = isInside && 'holds' in answer;
  return Object.fromEntries(isInner ? entries.filter(([name]) => name !== 'revision') : entries);
}

const withEtcd = hasEtcd() ? describe : describe.skip;

withEtcd('beside a real etcd (skipped where none is installed: apt-get install etcd-server)', () => {
  let etcd: Etcd;

  beforeAll(async () => {
    etcd = await startEtcd();
    for (const ID of LEASES) await etcd.ask('lease/grant', { ID, TTL: 100_000 });
  });

  afterAll(() => etcd.stop());

  /** Asks etcd for the events from a revision on; both have just deleted the end key, which is the last. */
  async function eventsOfEtcd(step: Step & { readonly type: 'events' }): Promise<readonly unknown[]> {
    const events: unknown[] = [];
    const last = step.noDeletes === true ? '"put","item":{"key":"ffff"' : '"delete","item":{"key":"ffff"';
    await etcd.follow('watch', watchJson(step), (message) => {
      events.push(...eventsOf(message));
      return JSON.stringify(events.at(-1) ?? '').includes(last) && isNewest(events.at(-1));
    });
    return events;
  }

  let newest = 0;

  function isNewest(event: unknown): boolean {
    const revision = typeof event === 'object' && event !== null && 'revision' in event ? event.revision : 0;
    return revision === newest || revision === newest - 1;
  }

  it(
    'gives the same answers, revisions, refusals and events',
    async () => {
      let state: KvState = emptyKv();
      const seen = { answers: 0, refusals: 0, events: 0 };
      const steps = fc.sample(anyStep, { numRuns: STEPS, seed: Number(process.env.SEED ?? 1) });
      for (const [i, drawn] of steps.entries()) {
        const step = dated(drawn, state.revision);
        if (step.type === 'events') {
          state = put(state, { key: END }).state;
          state = deleteRange(state, { key: END }).state;
          await etcd.ask(...asked({ type: 'put', key: END }));
          await etcd.ask(...asked({ type: 'delete', key: END }));
          newest = state.revision;
          // What etcd 3.4 tells of the compacted revision itself lacks deletions. A watch needs to see its end.
          const from = Math.max(step.from, state.compacted + 1);
          if (from > state.revision - 1) continue;
          const whole: Step & { readonly type: 'events' } = { ...step, from, rangeEnd: Uint8Array.of(0) };
          if (whole.noPuts === true && whole.noDeletes === true) continue;
          const { answer } = play(state, whole);
          const events = await eventsOfEtcd(whole);
          expect({ i, whole, answer }).toEqual({ i, whole, answer: { revision: state.revision, events } });
          seen.events += events.length;
          continue;
        }
        const played = play(state, step);
        if (isLetThrough(step, played.answer)) continue;
        const theirs = answered(step, await etcd.ask(...asked(step)));
        const [ours, others] = [played.answer, theirs].map((each) => withoutInnerRevision(each));
        expect({ i, step: plain(step), answer: ours }).toEqual({ i, step: plain(step), answer: others });
        state = played.state;
        if (JSON.stringify(ours).startsWith('{"refused"')) seen.refusals += 1;
        else seen.answers += 1;
      }
      expect(seen.answers).toBeGreaterThan(STEPS / 2);
      expect(seen.refusals).toBeGreaterThan(STEPS / 20);
      expect(seen.events).toBeGreaterThan(STEPS / 10);
    },
    LIMIT_MS,
  );
});
