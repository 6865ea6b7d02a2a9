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

type Events = Step & { readonly type: 'events' };

const withEtcd = hasEtcd() ? describe : describe.skip;

withEtcd('beside a real etcd (skipped where none is installed: apt-get install etcd-server)', () => {
  let etcd: Etcd;

  beforeAll(async () => {
    etcd = await startEtcd();
    for (const ID of LEASES) await etcd.ask('lease/grant', { ID, TTL: 100_000 });
  });

  afterAll(() => etcd.stop());

  /** Watches from a revision on until one has been told. */
  async function eventsOfEtcd(step: Events, last: number): Promise<readonly unknown[]> {
    const events: ReturnType<typeof eventsOf>[number][] = [];
    await etcd.follow('watch', watchJson(step), (message) => {
      events.push(...eventsOf(message));
      return events.at(-1)?.revision === last;
    });
    return events;
  }

  /** Puts the last key and deletes it, so that a watch has an end. */
  async function end(state: KvState): Promise<KvState> {
    for (const type of ['put', 'delete'] as const) await etcd.ask(...asked({ type, key: END }));
    return deleteRange(put(state, { key: END }).state, { key: END }).state;
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
          if (step.noPuts === true && step.noDeletes === true) continue;
          state = await end(state);
          // Of the compacted revision itself etcd 3.4 leaves out deletions; 0 means from now on to it. To the end of all keys, to see the last.
          const from = Math.min(Math.max(step.from, state.compacted + 1, 1), state.revision - 1);
          const whole: Events = { ...step, from, limit: 1_000_000, rangeEnd: Uint8Array.of(0) };
          const events = await eventsOfEtcd(whole, state.revision - (step.noDeletes === true ? 1 : 0));
          expect({ i, whole, answer: play(state, whole).answer }).toEqual({
            ...{ i, whole },
            answer: { revision: state.revision, events },
          });
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
