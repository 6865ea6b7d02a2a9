/** How leaders come to lead no longer: each way must be seen in many worlds. */

import {
  type Leading,
  type ProposerInput,
  type ProposerOutput,
  type ProposerState,
  sameValue,
} from '@parliament/synod';

/** How often leaders have ceased to lead, by what made them. */
export interface OfficeCounts {
  /** No quorum was heard. */
  silenced: number;
  /** An acceptor had promised a higher ballot. */
  refused: number;
  /** The leader of a higher ballot was heard. */
  outranked: number;
  /** A slot was decided otherwise than it proposed. */
  contradicted: number;
  /** A slot in which it had proposed was decided unseen, within a snapshot. */
  skippedOver: number;
  /** Who promised late knew more to be decided than it had proposed. */
  overtaken: number;
  /** It did not get to know what is decided below its first slot. */
  stuck: number;
  /** It handed over, as it was told to, … */
  transferred: number;
  /** … or because it is no voter any longer, or is not fit to lead. */
  leftOffice: number;
}

export function createOfficeCounts(): OfficeCounts {
  return {
    silenced: 0,
    refused: 0,
    outranked: 0,
    contradicted: 0,
    skippedOver: 0,
    overtaken: 0,
    stuck: 0,
    transferred: 0,
    leftOffice: 0,
  };
}

/** What ended a leadership: `role` was the proposer's before `input`. */
export function endOf(
  role: Leading,
  input: ProposerInput,
  { role: after }: ProposerState,
  outputs: readonly ProposerOutput[],
): keyof OfficeCounts {
  if (outputs.some(({ type }) => type === 'handed-over')) return 'transferred';
  if (outputs.some((output) => output.type === 'send' && output.message.type === 'handover')) return 'leftOffice';
  if (input.type === 'message') {
    if (input.message.type === 'nack') return 'refused';
    return input.message.type === 'promise' ? 'overtaken' : 'outranked';
  }
  if (input.type !== 'settled') return after.name === 'preparing' ? 'stuck' : 'silenced';
  const isContradicted = input.settled.some(({ slot, value }) => {
    const proposal = role.inFlight.get(slot);
    return slot >= role.firstSlot && (proposal === undefined || !sameValue(proposal.value, value));
  });
  return isContradicted ? 'contradicted' : 'skippedOver';
}
