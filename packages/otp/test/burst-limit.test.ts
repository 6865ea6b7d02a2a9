import { describe, expect, it } from '@jest/globals';
import { acknowledged, admit, type Burst, NO_BURST, restOf } from '../src/process/burst-limit.js';

const LIMIT = { maxCount: 2, windowMs: 100 };

/** What happens to those that come at `times`: `+`: told; `-`: left out; a number before it: so many are told of as left out. */
function story(times: readonly number[], limit = LIMIT): string {
  let burst: Burst = NO_BURST;
  const words = times.map((now) => {
    const { isTold, leftOut, burst: next } = admit(burst, limit, now);
    burst = next;
    return `${leftOut === 0 ? '' : leftOut}${isTold ? '+' : '-'}`;
  });
  return words.join(' ');
}

describe('a limit of 2 within 100 ms', () => {
  it.each<[string, readonly number[], string]>([
    ['tells as many as it allows', [0, 0], '+ +'],
    ['leaves out the rest of the window', [0, 0, 0, 1, 99], '+ + - - -'],
    ['begins a window with the first that comes, whenever that is', [950, 960, 1040, 1049], '+ + - -'],
    [
      'begins the next as soon as the window is over, and says what the one before has left out',
      [0, 0, 0, 99, 100],
      '+ + - - 2+',
    ],
    ['says it once', [0, 0, 0, 100, 100, 250], '+ + - 1+ + +'],
    ['says it however late the next one comes', [0, 0, 0, 1e9], '+ + - 1+'],
    ['does not stretch the window by those that it leaves out', [0, 0, 50, 90, 110, 120, 130], '+ + - - 2+ + -'],
    ['leaves nothing out of what comes slowly', [0, 60, 120, 180, 240, 300], '+ + + + + +'],
    ['says of each window what that one has left out', [0, 0, 0, 100, 100, 100, 100, 200], '+ + - 1+ + - - 2+'],
  ])('%s', (_, times, expected) => {
    expect(story(times)).toBe(expected);
  });

  it('tells nothing but numbers when it allows none', () => {
    expect(story([0, 1, 100, 101, 200], { maxCount: 0, windowMs: 100 })).toBe('- - 2- - 2-');
  });
});

describe('what was left out and is told of in the middle of a window', () => {
  it('is not told of again, and makes no room for more', () => {
    let { burst } = admit(NO_BURST, { maxCount: 1, windowMs: 100 }, 0);
    for (const now of [1, 2, 3]) ({ burst } = admit(burst, { maxCount: 1, windowMs: 100 }, now));
    expect(burst.leftOut).toBe(3);
    const after = admit(acknowledged(burst), { maxCount: 1, windowMs: 100 }, 4);
    expect(after).toMatchObject({ isTold: false, leftOut: 0, burst: { leftOut: 1 } });
    expect(admit(after.burst, { maxCount: 1, windowMs: 100 }, 100)).toMatchObject({ isTold: true, leftOut: 1 });
  });
});

describe('the rest of a window', () => {
  it('is counted from its first, not from its last', () => {
    const first = admit(NO_BURST, LIMIT, 1000).burst;
    expect(restOf(first, LIMIT, 1000)).toBe(100);
    const last = admit(first, LIMIT, 1070).burst;
    expect(restOf(last, LIMIT, 1070)).toBe(30);
  });
});
