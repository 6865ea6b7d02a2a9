/** How monitors, links and exit signals of @parliament/otp go to the actors of one other node. */

import { acceptLinkExit, type Distribution, type ExitReason, type Reference, type SignalReason } from '@parliament/otp';
import { NodeError } from '../errors.js';
import type { Link } from '../link/link.js';
import type { ActorReference } from '../nact.js';
import { type Home, placeOf } from '../references/references.js';
import type { Signal } from '../wire/frame.js';
import type { MessageCodec } from './message-codec.js';
import { encodeExitReason, encodeReason } from './reasons.js';
import type { Watches } from './watches.js';

/** How many links two nodes may have between their actors. */
export const LINKS_MAX = 65_536;

/** The way to the other node. */
export interface Way {
  readonly home: Home;
  readonly peer: string;
  readonly messages: MessageCodec;
  readonly watches: Watches;
  /** The link at this moment. */
  link(): Link | undefined;
  tell(signal: Signal): void;
}

export function createDistribution(way: Way): Distribution {
  const { home, peer, messages, watches, tell } = way;
  /** What cannot be told at once, or is not there: by the reference alone. */
  const missing = (object: Reference): ExitReason | undefined => {
    const link = way.link();
    if (link === undefined) return 'noconnection';
    const { incarnation } = placeOf(home, object as ActorReference);
    return incarnation === '' || incarnation === link.peer.incarnation ? undefined : 'noproc';
  };
  const encode = (reason: SignalReason, isLink: boolean): Uint8Array =>
    (isLink ? encodeExitReason : encodeReason)(messages, reason);
  const distribution: Distribution = {
    ends: new Set(),
    monitor: (object, ended) => {
      const reason = object.type === 'actor' ? missing(object) : 'noproc';
      if (reason !== undefined) {
        ended(reason);
        return () => {};
      }
      const number = watches.watch(ended);
      tell({ type: 'monitor', number, object: placeOf(home, object as ActorReference) });
      return () => {
        if (watches.unwatch(number)) tell({ type: 'demonitor', number });
      };
    },
    link: (self, other) => {
      const reason = missing(other);
      if (distribution.ends.size > LINKS_MAX) {
        throw new NodeError('overloaded', `${LINKS_MAX} links with actors of node ${peer} are the most`);
      }
      if (reason !== undefined) acceptLinkExit(self, other, reason);
      else tell({ type: 'link', self: placeOf(home, self), other: placeOf(home, other as ActorReference) });
    },
    unlink: (self, other) => {
      tell({ type: 'unlink', self: placeOf(home, self), other: placeOf(home, other as ActorReference) });
    },
    exit: (to, reason, from, isLink) => {
      if (missing(to) !== undefined) return;
      const sender = from?.type === 'actor' && from.system.name === home.local.name ? placeOf(home, from) : undefined;
      const place = placeOf(home, to as ActorReference);
      tell({ type: 'exit', to: place, from: sender, reason: encode(reason, isLink), overLink: isLink });
    },
  };
  return distribution;
}
