/** Clients that do not count: they leave out numbers, and acknowledge what was never asked for. At the end they say so. */

import type { Told } from './client.js';
import type { World } from './world.js';

type AnyWorld = World<unknown, unknown, unknown, unknown>;

/** What such a client sends: numbers of commands, and what it says that it has the replies of. */
const COMMANDS = [
  { number: 1, acknowledged: 0 },
  { number: 3, acknowledged: 0 },
  { number: 4, acknowledged: 0 },
  { number: 5, acknowledged: 0 },
  // Of two acknowledged numbers one had a reply; then of many, and the next one is behind them.
  { number: 6, acknowledged: 2 },
  { number: 40, acknowledged: 4 },
  { number: 41, acknowledged: 39 },
] as const;

const OPENING_MS = 250;
const CLOSING_MS = 250;

/** A client like that comes and goes. */
export function beCareless(world: AnyWorld): void {
  const token = 1 + world.draw(2 ** 31);
  const member = anyVoter(world);
  world.submit(member, { type: 'open', token });
  world.queue.schedule(OPENING_MS, () => {
    const session = world.nodes
      .map(({ replica }) => replica.sessions.byToken.get(token))
      .find((id) => id !== undefined);
    if (session === undefined || world.queue.now > world.plan.faultyMs) return;
    world.count('careless client');
    const client = -world.careless.length - 1;
    const to = anyVoter(world);
    for (const { number, acknowledged } of COMMANDS) {
      const command = world.nextCommand();
      const input = { type: 'command', command } as const;
      world.careless.push(toldOf(client, input, world.queue.now, session, number));
      world.submit(to, { type: 'run', session, number, acknowledged, command });
    }
    world.queue.schedule(CLOSING_MS, () => world.submit(anyVoter(world), { type: 'close', session }));
  });
}

/** It never hears what became of it. */
function toldOf(
  client: number,
  input: Told<unknown, unknown>['operation']['input'],
  calledAt: number,
  session: number,
  number: number,
): Told<unknown, unknown> {
  return { operation: { client, input, calledAt }, placed: { session, number } };
}

function anyVoter(world: AnyWorld): number {
  const voters = world.voters();
  return voters[world.draw(voters.length)] as number;
}
