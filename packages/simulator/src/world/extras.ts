/** What the faults that only some worlds have come to (see `extra-faults.ts`). */

import type { MemberId } from '@parliament/synod';
import { beCareless } from './careless.js';
import type { ExtraFault } from './extra-faults.js';
import { changeByHand } from './hands.js';
import { laterDecree } from './later-version.js';
import { makeUp } from './made-up-words.js';
import { crowdIn, flood } from './multitudes.js';
import { orphan } from './orphaned-office.js';
import type { World } from './world.js';

type AnyWorld = World<unknown, unknown, unknown, unknown>;

/** Each happens this often, on average, in virtual milliseconds. */
export const EXTRA_MS: Readonly<Record<ExtraFault, number>> = {
  'later version': 1500,
  'made-up words': 100,
  'change by hand': 400,
  'careless client': 600,
  crowd: 2000,
  flood: 3000,
  'orphaned office': 800,
  suspension: 700,
};

export function doExtra(world: AnyWorld, fault: ExtraFault): void {
  const leader = world.draw(3) === 0 ? world.nodes.find(({ isLeading }) => isLeading) : undefined;
  const { member } = leader ?? (world.nodes[world.draw(world.nodes.length)] as (typeof world.nodes)[number]);
  switch (fault) {
    case 'later version':
      proposeLater(world, member);
      return;
    case 'made-up words':
      makeUp(world, member);
      return;
    case 'change by hand':
      changeByHand(world);
      return;
    case 'careless client':
      beCareless(world);
      return;
    case 'crowd':
      crowdIn(world);
      return;
    case 'flood':
      flood(world);
      return;
    case 'orphaned office':
      orphan(world);
      return;
    case 'suspension':
      suspend(world, member);
      return;
  }
}

/** The machine of a member is suspended, and wakes when others may have done without it. */
function suspend(world: AnyWorld, member: MemberId): void {
  if (world.isPaused(member) || world.stage.nodes.get(member)?.isUp !== true) return;
  world.count('suspension');
  world.suspend(member);
  const sleepMs = 100 + world.draw(world.draw(3) === 0 ? 3000 : 900);
  world.queue.schedule(sleepMs, () => world.resume(member));
  if (world.draw(2) === 0) return;
  // What was said to it before it slept it hears when it wakes, and for a while nothing else.
  world.queue.schedule(150, () => {
    if (world.queue.now < world.plan.faultyMs) world.network.exile(member);
  });
  world.queue.schedule(sleepMs + 300, () => world.network.bringBack(member));
}

/** Something is to be decided that only members of the later version can read. */
function proposeLater(world: AnyWorld, member: MemberId): void {
  if (world.stage.nodes.get(member)?.isUp !== true) return;
  const value = laterDecree([world.draw(256), world.draw(256), world.draw(256)]);
  if (world.stage.isLater(member)) {
    world.count('later version');
    world.input(member, (token) => ({ type: 'propose', value, token }));
  } else {
    world.inputWrong(member, 'is of a later version', true, (token) => ({ type: 'propose', value, token }));
  }
}
