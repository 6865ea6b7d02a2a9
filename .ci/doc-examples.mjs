// The examples in the docstrings of packages/*/src: each is a program by itself, which readme-programs.mjs compiles.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What users meet first, by package: each of these has an example. */
const SHOWN = {
  cbor: 'createCbor',
  machine: 'machine compose host encodeCommand encodeQuery decodeCommand decodeReply decodeAnswer digest createDigest',
  otp: 'startSystem startActor startSupervisor genServer call cast dispatch monitor register',
  remote: 'openNode Node.connect Node.connected Node.whereis nodeOf remoteRef',
  parliament: 'spawnParliament propose withMachine ask status listRegisters stopParliament genPaxos',
  storage: 'openLedger backUp',
  synod: 'majority stepAcceptor',
  machines: 'kv put readRange deleteRange txn compact eventsSince snapshot',
  simulator: 'runWith checkLinearizable',
};

/** The examples below `root`, and what is wrong with how they are written. */
export function docExamples(root) {
  const programs = [];
  const faults = [];
  for (const [name, shown] of Object.entries(SHOWN)) {
    const found = sourcesOf(root, name).flatMap((path) => examplesIn(path, readFileSync(join(root, path), 'utf8')));
    for (const { path, line, of, text } of found) {
      if (text === undefined)
        faults.push(`${path}(${line}): an @example is followed by a block of ts, and the docstring by a name`);
      else if (!new RegExp(`\\b${of.split('.').at(-1)}\\b`).test(text))
        faults.push(`${path}(${line}): it does not show ${of}`);
      else programs.push({ path, line, text });
    }
    for (const each of shown.split(' ').filter((one) => !found.some(({ of }) => of === one))) {
      faults.push(`packages/${name}/src: ${each} has no @example`);
    }
  }
  return { programs, faults };
}

function sourcesOf(root, name) {
  return readdirSync(join(root, 'packages', name, 'src'), { recursive: true })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => `packages/${name}/src/${path}`);
}

/** Each with the line on which its program begins. The signs of the comment become spaces, so that columns are right, too. */
function examplesIn(path, source) {
  const lines = source.split('\n');
  return lines.flatMap((each, at) => {
    if (!/^ *\* @example$/.test(each)) return [];
    const begin = at + 1;
    const end = lines.findIndex((line, index) => index > begin && /^ *\* ```$/.test(line));
    const last = lines.findIndex((line, index) => index > at && /^ *\*\/$/.test(line));
    const of = nameAt(lines, last + 1);
    if (!/^ *\* ```ts$/.test(lines[begin] ?? '') || end === -1 || end > last || of === undefined) {
      return [{ path, line: at + 1, of: '' }];
    }
    const text = lines.slice(begin + 1, end).map((line) => line.replace(/^ *\*/, (sign) => ' '.repeat(sign.length)));
    return [{ path, line: begin + 1, of, text: text.join('\n') }];
  });
}

/** What the docstring before a line is of. */
function nameAt(lines, at) {
  const [, indent, name] = /^( *)(?:export )?(?:async )?(?:function\*? |const )?(\w+)[(<:]/.exec(lines[at] ?? '') ?? [];
  if (indent === undefined || indent === '') return name;
  const owner = lines.slice(0, at).findLast((line) => /^export (interface|class) /.test(line));
  return owner === undefined ? undefined : `${owner.split(/[ <]/)[2]}.${name}`;
}
