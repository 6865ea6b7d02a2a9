import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Lobby } from '../src/handshake/lobby.js';
import type { Guest } from '../src/platform/guest.js';

/** Who went for another, in order. */
function lobbyOf(max: number): {
  lobby: Lobby;
  gone: string[];
  enter: (name: string, host: string, isSuspicious?: boolean) => Guest;
} {
  const lobby = new Lobby(max);
  const gone: string[] = [];
  return {
    lobby,
    gone,
    enter: (name, host, suspicious = false) => lobby.enter(host, suspicious, () => gone.push(name)),
  };
}

describe('a full lobby', () => {
  it('lets the newcomer in, and the oldest go of the address that has most', () => {
    const { gone, enter } = lobbyOf(3);
    enter('good', 'one');
    enter('1', 'many');
    enter('2', 'many');
    enter('3', 'many');
    enter('4', 'many');
    expect(gone).toEqual(['1', '2']);
  });

  it('lets those go first that come from where many have failed, and last those that are promising', () => {
    const { gone, enter } = lobbyOf(3);
    enter('promising', 'here').promise();
    enter('failed', 'there', true);
    enter('unknown', 'here');
    enter('a', 'here');
    enter('b', 'here');
    enter('c', 'here');
    expect(gone).toEqual(['failed', 'unknown', 'a']);
    const full = lobbyOf(1);
    full.enter('first', 'x').promise();
    full.enter('second', 'x');
    // There is nobody else.
    expect(full.gone).toEqual(['first']);
  });

  it('never holds more than it may, forgets who has left, and shuts nobody out who comes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 4 }), fc.boolean())), (steps) => {
        const { lobby, gone, enter } = lobbyOf(4);
        const inside = new Map<string, Guest>();
        for (const [index, [host, what, isSuspicious]] of steps.entries()) {
          const [oldest] = inside;
          if (what === 0 && oldest !== undefined) {
            oldest[1].leave();
            inside.delete(oldest[0]);
            continue;
          }
          inside.set(`${index}`, enter(`${index}`, `${host}`, isSuspicious));
          for (const name of gone.splice(0)) {
            expect(name).not.toBe(`${index}`);
            expect(inside.delete(name)).toBe(true);
          }
          if (what === 1) inside.get(`${index}`)?.promise();
          expect([lobby.size, inside.size <= 4]).toEqual([inside.size, true]);
        }
      }),
    );
  });
});
