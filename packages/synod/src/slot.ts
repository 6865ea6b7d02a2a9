/** Slots of the log, and the values that are decided in them. */

/** A position in the log. The first slot is 1; 0 stands for "before the first". */
export type Slot = number;

/** What is decided in a slot: bytes that no role looks into. Treated as immutable from the moment it is proposed. */
export type Value = Uint8Array;

/** The value that changes nothing. A new leader fills gaps with it (rule 4). */
export const NO_OP: Value = new Uint8Array(0);

/** Whether `value` is the no-op. */
export function isNoOp(value: Value): boolean {
  return value.length === 0;
}

/** Whether `value` can be a slot. */
export function isSlot(value: number): value is Slot {
  return Number.isSafeInteger(value) && value >= 1;
}

/** Whether two values are the same bytes. */
export function sameValue(left: Value, right: Value): boolean {
  if (left === right) return true;
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index++) if (left[index] !== right[index]) return false;
  return true;
}
