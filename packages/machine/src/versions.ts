/** A machine in its earlier versions: each definition knows the one before it, and how to come from there. */

import type { Core } from './core.js';
import { MachineError } from './errors.js';
import { listOf } from './text.js';
import { named } from './thrown.js';

/** The machine as it was in a version; undefined when nobody has said how that was. */
export function versionOf(core: Core<unknown>, version: number): Core<unknown> | undefined {
  for (let each: Core<unknown> | undefined = core; each !== undefined; each = each.previous?.core) {
    if (each.version === version) return each;
  }
  return undefined;
}

/** Those from which it can come, its own one last. */
export function versionsOf(core: Core<unknown>): number[] {
  const versions: number[] = [];
  for (let each: Core<unknown> | undefined = core; each !== undefined; each = each.previous?.core) {
    versions.unshift(each.version);
  }
  return versions;
}

/** The state of an earlier version as the one of this version, step by step. @throws MachineError `other-version` */
export function upFrom<State>(core: Core<State>, state: unknown, version: number): State {
  if (versionOf(core, version) === undefined) throw otherVersion(core, version);
  return migrated(core, state, version);
}

function migrated<State>(core: Core<State>, state: unknown, version: number): State {
  const { previous } = core;
  if (core.version === version || previous === undefined) return state as State;
  const before = migrated(previous.core, state, version);
  return named(`${core.name}.migrate`, () => previous.migrate(before));
}

/** What to do about a version that this machine is not of, and cannot come from. */
export function otherVersion(core: Core<unknown>, version: number): MachineError {
  const known = listOf(versionsOf(core).map(String));
  const remedy =
    version > core.version
      ? `install a program that has version ${version}`
      : 'give the definition of that version as `previous`, or let a program of a version between the two restore it first';
  const text = `${core.name} in version ${version} is needed, and this program has ${known}: ${remedy}`;
  return new MachineError('other-version', text);
}
