import { describe, expect, it } from '@jest/globals';
import { checkOptions, type ParliamentOptions } from '../src/options.js';

const LEAST: ParliamentOptions = { member: 0, members: { 0: 'a' }, directory: 'd' };

it('options that are left out have their defaults', () => {
  const { onEvent, ...rest } = checkOptions(LEAST);
  expect(onEvent).toBeInstanceOf(Function);
  expect(rest).toEqual({
    member: 0,
    members: { 0: 'a' },
    directory: 'd',
    isInMemory: false,
    snapshots: { logBytes: 16 * 1024 * 1024, tailSlots: 1000 },
    valueLimitBytes: 1024 * 1024,
    watchBytes: 16 * 1024 * 1024,
    lastSlot: Number.MAX_SAFE_INTEGER,
    restarts: { intensity: 3, periodMs: 5000 },
    timing: { heartbeatMs: 50, electionTimeoutMinMs: 300, electionTimeoutMaxMs: 600, resendMs: 200, leaseMs: 250 },
  });
  // Who is to elect faster has a shorter lease without being told.
  const timing = { electionTimeoutMinMs: 150, electionTimeoutMaxMs: 151 };
  expect(checkOptions({ ...LEAST, timing }).timing.leaseMs).toBe(150);
  const { directory: _, ...nowhere } = LEAST;
  expect(checkOptions({ ...nowhere, storage: 'memory' })).toMatchObject({ isInMemory: true, directory: '(memory)' });
});

describe('an option is taken up to its limit, and refused past it', () => {
  it.each<[Partial<ParliamentOptions>, Partial<ParliamentOptions>, RegExp]>([
    [{ valueLimitBytes: 2 * 1024 * 1024 }, { valueLimitBytes: 2 * 1024 * 1024 + 1 }, /^valueLimitBytes: at most/],
    [{ valueLimitBytes: 1 }, { valueLimitBytes: 0 }, /^valueLimitBytes: 0 is not a whole number from 1/],
    [{ lastSlot: 1 }, { lastSlot: 1.5 }, /^lastSlot/],
    [{ snapshots: { tailSlots: 0 } }, { snapshots: { tailSlots: -1 } }, /^snapshots.tailSlots/],
    [{ snapshots: { logBytes: 1 } }, { snapshots: { logBytes: 0 } }, /^snapshots.logBytes/],
    [{ restarts: { intensity: 0, periodMs: 1 } }, { restarts: { intensity: -1, periodMs: 1 } }, /^restarts.intensity/],
    [{ restarts: { intensity: 1, periodMs: 1 } }, { restarts: { intensity: 1.5, periodMs: 1 } }, /^restarts.intensity/],
    [{ restarts: { intensity: 0, periodMs: 1 } }, { restarts: { intensity: 0, periodMs: 0 } }, /^restarts.periodMs/],
    [{ timing: { heartbeatMs: 100 } }, { timing: { heartbeatMs: 101 } }, /three heartbeats/],
    [{ timing: { leaseMs: 300 } }, { timing: { leaseMs: 301 } }, /^timing.leaseMs: at most/],
    [{ timing: { leaseMs: 0 } }, { timing: { leaseMs: -1 } }, /^timing.leaseMs/],
    [{ timing: { electionTimeoutMaxMs: 301 } }, { timing: { electionTimeoutMaxMs: 300 } }, /members stand at the same/],
    [{ timing: { resendMs: 1 } }, { timing: { resendMs: 0 } }, /^timing.resendMs/],
    [{ directory: 'd' }, { directory: '' }, /^directory: give the path/],
    [{ storage: undefined as never }, { storage: 'memory' }, /exclude each other/],
    [{ storage: undefined as never }, { storage: 'disk' as never }, /^storage: "disk" is not 'memory'/],
    [{ member: 0 }, { member: 1 }, /^member: 1 is not one of the members/],
    [{ member: 0 }, { member: 1024 }, /^member: 1024 is not a whole number from 0 to 1023/],
    [{}, { other: 1 } as never, /^unknown option other/],
    [{}, { timing: { hartbeatMs: 10 } as never }, /^unknown option timing.hartbeatMs; known are heartbeatMs,/],
    [{}, { timing: { alpha: 1 } as never }, /^unknown option timing.alpha/],
    [{ snapshots: { logBytes: 9 } }, { snapshots: { logbytes: 9 } as never }, /^unknown option snapshots.logbytes/],
    [{}, { restarts: { intensity: 1, periodMs: 1, per: 1 } as never }, /^unknown option restarts.per/],
    [{}, { restarts: 5 as never }, /^restarts: give an object/],
    [{ timing: { resendMs: 3_600_000 } }, { timing: { resendMs: 3_600_001 } }, /^timing.resendMs: at most 3600000/],
    [{ cluster: 'c' }, { cluster: 7 as never }, /^cluster: give it a name/],
    [{}, { onEvent: 5 as never }, /^onEvent: 5 is no function/],
    [{}, { members: null as never }, /^members: give the node of each/],
    [{}, { members: undefined as never }, /^members: give the node of each/],
    [{}, { members: ['a'] as never }, /^members: give the node of each, by its id, as in { 0: 'a', 1: 'b', 2: 'c' }$/],
    [{ member: 0 }, { member: '0' as never }, /^member: "0" is not a whole number from 0 to 1023$/],
    [{}, { valueLimitBytes: '5' as never }, /^valueLimitBytes: "5" is not a whole number from 1$/],
    [{}, { timing: { heartbeat: 50 } as never }, /^unknown option timing.heartbeat; known are heartbeatMs,/],
    [{}, { timing: [] as never }, /^timing: give an object/],
    [{}, { snapshots: { logBites: 5 } as never }, /^unknown option snapshots.logBites; known are logBytes, tailSlots/],
  ])('%j, but not %j', (good, wrong, message) => {
    expect(() => checkOptions({ ...LEAST, ...good })).not.toThrow();
    expect(() => checkOptions({ ...LEAST, ...wrong })).toThrow(
      expect.objectContaining({ code: 'bad-option', message: expect.stringMatching(message) }),
    );
  });
});

it('a listener that throws harms nobody, and all that happens is told to it', () => {
  const told: unknown[] = [];
  const { onEvent } = checkOptions({
    ...LEAST,
    onEvent(event) {
      told.push(event);
      throw new Error('a listener');
    },
  });
  onEvent({ type: 'founded' });
  onEvent({ type: 'warning', message: 'm' });
  expect(told).toEqual([{ type: 'founded' }, { type: 'warning', message: 'm' }]);
});
