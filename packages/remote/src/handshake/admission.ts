/**
 * Who is let in: the rules by which two nodes have at most one link, a name has at most one live node, and a node that
 * restarted takes the place of its former self. Pure; the caller acts.
 */

import type { RefusalCode } from '../errors.js';
import type { PeerIdentity } from '../link/agreement.js';

/** What a node knows of the name under which somebody asks to be let in. */
export interface Situation {
  readonly self: string;
  /** The link that the name has now. */
  readonly link: { readonly incarnation: string; readonly silent: boolean } | undefined;
  /** Whether this node has sent its own proof to that name and awaits the answer. */
  readonly proving: boolean;
}

/**
 * - `admit`; a dial of this node's own to that name is to be aborted, a link that it has is to be ended first.
 * - `probe`: see whether the present link lives; it is refused if so, and otherwise asked about again with `silent`.
 */
export type Admission = 'admit' | 'probe' | Extract<RefusalCode, 'name-taken' | 'duplicate' | 'too-many'>;

/** Decides on a dialler that has proved who it is. */
export function admitDialler(newcomer: PeerIdentity, situation: Situation): Admission {
  const { self, link, proving } = situation;
  if (newcomer.name === self) return 'name-taken';
  // A node dials only when it has no link, but the name and the incarnation of a live one can be had by others, too.
  if (link && !link.silent) return 'probe';
  // Both dialled at once. The dial of the smaller name survives once its proof is on the way: the other side admits it
  // whenever it comes, so refusing here cannot leave the two without a link. Before that, either dial may win.
  if (proving && self < newcomer.name) return 'duplicate';
  return 'admit';
}

/** The link that stands in the way of a dialler lives: what the dialler is told. */
export function refusalBesides(newcomer: PeerIdentity, incarnation: string | undefined): 'name-taken' | 'duplicate' {
  return newcomer.incarnation === incarnation ? 'duplicate' : 'name-taken';
}

/** Decides on a listener that has proved who it is, before this node, the dialler, promises anything. */
export function admitListener(found: PeerIdentity, situation: Situation): 'admit' | 'name-taken' | 'duplicate' {
  if (situation.link) return situation.link.incarnation === found.incarnation ? 'duplicate' : 'name-taken';
  return situation.proving ? 'duplicate' : 'admit';
}
