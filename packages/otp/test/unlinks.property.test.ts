/**
 * Two actors of two nodes link and unlink each other, while what they tell each other is on its way. When all has arrived, both
 * are linked or neither is.
 */

import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type ActorReference,
  acceptLink,
  acceptLinkExit,
  acceptUnlink,
  type Distribution,
  exit,
  inspect,
  link,
  mayBeAlive,
  type Reference,
  startActor,
  startSystem,
  stopSystem,
  trapExit,
  unlink,
} from '../src/index.js';
import { enterFarSystem, type FarSystem, farActor } from './far-system.js';
import { scribe, timesOf } from './support.js';

const SIDES = ['a', 'b'] as const;
type Side = (typeof SIDES)[number];
const other = (side: Side): Side => (side === 'a' ? 'b' : 'a');

/** Each node is a system, and a system that stands for it in the eyes of the other one. */
const own = (side: Side): ActorReference => farActor(`unlinks-${side}`, 'actor');
const seen = (side: Side): ActorReference => farActor(`unlinks-far-${side}`, 'actor');

/** What is on its way from a side to the other one, in order. */
const sent: Record<Side, (() => void)[]> = { a: [], b: [] };

/** The way of `side` to the other one. Its ends there see the actors of `side` as those of another node. */
function wayOf(side: Side): Distribution {
  const there = own(other(side));
  return {
    ends: new Set(),
    monitor: () => () => {},
    link: () =>
      void sent[side].push(() => {
        if (!acceptLink(there, seen(side))) {
          sent[other(side)].push(() => acceptLinkExit(own(side), seen(other(side)), 'noproc'));
        }
      }),
    unlink: () => void sent[side].push(() => acceptUnlink(there, seen(side))),
    exit: (_, reason) =>
      void sent[side].push(() => {
        if (reason !== 'kill') acceptLinkExit(there, seen(side), reason);
      }),
  };
}

const farSystems: FarSystem[] = [];
afterEach(async () => {
  for (const far of farSystems.splice(0)) far.leave();
  await Promise.all(SIDES.map((side) => stopSystem(own(side))));
});

async function begin(): Promise<void> {
  for (const side of SIDES) {
    sent[side].length = 0;
    const system = startSystem(`unlinks-${side}`);
    farSystems.push(enterFarSystem(`unlinks-far-${side}`, () => {}, wayOf(other(side))));
    await startNew(system);
  }
}

async function startNew(system: Reference): Promise<void> {
  const reference = await startActor(system, 'actor', scribe([], 'actor'));
  if (reference !== undefined) trapExit(reference, true);
}

const linksOf = (side: Side): number => inspect(own(side))?.links ?? 0;

type Step = readonly ['link' | 'unlink' | 'arrive' | 'stray', Side];

function take([what, side]: Step): void {
  if (what === 'link') link(own(side), seen(other(side)));
  if (what === 'unlink') unlink(own(side), seen(other(side)));
  if (what === 'arrive') sent[side].shift()?.();
  // An unlink that nothing came before, as of a node that does as it likes.
  if (what === 'stray') acceptUnlink(own(side), seen(other(side)));
}

function settle(): void {
  let turns = 0;
  for (let side: Side = 'a'; sent.a.length + sent.b.length > 0; side = other(side)) {
    sent[side].shift()?.();
    turns += 1;
    // Answers to answers would never end.
    if (turns > 1000) throw new Error('the two sides do not come to an end');
  }
}

const step = fc.tuple(
  fc.constantFrom('link', 'unlink', 'arrive', 'arrive'),
  fc.constantFrom(...SIDES),
) satisfies fc.Arbitrary<Step>;

describe('a link between two nodes', () => {
  it('is whole or not at all, in whatever order both make it and take it off', async () => {
    let linked = 0;
    const property = fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 24 }), async (steps) => {
      await begin();
      try {
        for (const each of steps) take(each);
        settle();
        expect(SIDES.map((side) => mayBeAlive(own(side)))).toEqual([true, true]);
        expect(linksOf('a')).toBe(linksOf('b'));
        linked += linksOf('a');
        // And it carries the end of either.
        exit(own('a'), 'kill');
        settle();
        expect(linksOf('b')).toBe(0);
      } finally {
        for (const far of farSystems.splice(0)) far.leave();
        await Promise.all(SIDES.map((side) => stopSystem(own(side))));
      }
    });
    await fc.assert(property, { numRuns: timesOf(3000) });
    expect(linked).toBeGreaterThan(20);
  });

  it('is whole after both have taken it off, and one has made it anew, in the same moment', async () => {
    await begin();
    link(own('a'), seen('b'));
    settle();
    expect(SIDES.map(linksOf)).toEqual([1, 1]);
    unlink(own('b'), seen('a'));
    unlink(own('a'), seen('b'));
    link(own('a'), seen('b'));
    settle();
    expect(SIDES.map(linksOf)).toEqual([1, 1]);
    // Nothing is owed any more: the next unlink counts.
    unlink(own('b'), seen('a'));
    settle();
    expect(SIDES.map(linksOf)).toEqual([0, 0]);
  });

  it('is taken off once: a stray answer is not answered for ever', async () => {
    await begin();
    take(['stray', 'a']);
    settle();
    link(own('a'), seen('b'));
    settle();
    take(['stray', 'a']);
    take(['stray', 'b']);
    settle();
    expect(SIDES.map(linksOf)).toEqual([0, 0]);
  });
});
