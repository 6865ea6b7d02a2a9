import { comparePacked, pack } from './bytes.js';
import { Draft } from './draft.js';
import { foundAt, range, readable, spanOf } from './range.js';
import type { Compare, Operation, OperationReply, TxnReply, TxnRequest } from './requests.js';
import { ABSENT, type KvState, type Version, type View } from './state.js';
import { checkKept, checkLease, deleteIn, type LeaseExists, putIn } from './write.js';

/** A transaction of which the branches are settled. */
interface Settled {
  readonly holds: boolean;
  readonly steps: readonly Step[];
}

type Step = Exclude<Operation, { type: 'txn' }> | ({ readonly type: 'txn' } & Settled);

/** Carries out a transaction whose shape is checked: all of it at one revision, or nothing. */
export function transact(
  state: KvState,
  request: TxnRequest,
  leaseExists: LeaseExists,
): { readonly state: KvState; readonly reply: TxnReply } {
  const settled = settle(state, request);
  checkPuts(state, settled, leaseExists);
  checkRanges(state, settled);
  const draft = new Draft(state);
  const reply = carryOut(draft, settled);
  return { state: draft.state(), reply };
}

/** Chooses the branches, also of the transactions inside, by what is there before anything is done. */
function settle(view: View, { compare = [], then: yes = [], else: no = [] }: TxnRequest): Settled {
  const holds = compare.every((each) => isTrue(view, each));
  const steps = (holds ? yes : no).map(
    (step): Step => (step.type === 'txn' ? { type: 'txn', ...settle(view, step) } : step),
  );
  return { holds, steps };
}

function isTrue(view: View, compare: Compare): boolean {
  let any = false;
  for (const [, version] of foundAt(view, spanOf(compare), view.revision)) {
    any = true;
    if (!isTrueOf(version, compare)) return false;
  }
  // No value is not the empty value: nothing holds of it.
  return any || (compare.target !== 'value' && isTrueOf(ABSENT, compare));
}

function isTrueOf(version: Version, compare: Compare): boolean {
  const difference =
    compare.target === 'value'
      ? comparePacked(version.value, pack(compare.value))
      : version[compare.target] - compare.value;
  switch (compare.result) {
    case 'equal':
      return difference === 0;
    case 'not-equal':
      return difference !== 0;
    case 'greater':
      return difference > 0;
    case 'less':
      return difference < 0;
  }
}

/** Of all puts before all ranges, as etcd does. */
function checkPuts(view: View, { steps }: Settled, leaseExists: LeaseExists): void {
  for (const step of steps) {
    if (step.type === 'txn') checkPuts(view, step, leaseExists);
    if (step.type !== 'put') continue;
    checkKept(view, step);
    checkLease(step.lease, leaseExists);
  }
}

function checkRanges(view: View, { steps }: Settled): void {
  for (const step of steps) {
    if (step.type === 'txn') checkRanges(view, step);
    if (step.type === 'range') readable(view, step.revision ?? 0);
  }
}

function carryOut(draft: Draft, { holds, steps }: Settled): TxnReply {
  const replies = steps.map((step) => carryOutStep(draft, step));
  return { revision: draft.revision, holds, replies };
}

function carryOutStep(draft: Draft, step: Step): OperationReply {
  switch (step.type) {
    case 'range':
      return { type: 'range', ...range(draft, step) };
    case 'put':
      return { type: 'put', ...putIn(draft, step) };
    case 'delete':
      return { type: 'delete', ...deleteIn(draft, step) };
    case 'txn':
      return { type: 'txn', ...carryOut(draft, step) };
  }
}
