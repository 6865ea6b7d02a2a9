/** The events of each package and the list of them in its README, each against the other. */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';

const read = (file: string): string => readFileSync(path.join(__dirname, '../..', file), 'utf8');

it.each([
  ['ParliamentEvent', 'parliament/src/events.ts', 'parliament/README.md', '`onEvent`'],
  ['NodeEvent', 'remote/src/events.ts', 'remote/README.md', '`onEvent(listener)`'],
  ['SupervisorEvent', 'otp/src/supervisor/supervisor-spec.ts', 'otp/README.md', '`onEvent`'],
])('all of %s are in the README, and no other', (name, source, readme, option) => {
  const [, union = ''] = new RegExp(`^export type ${name} =\n(.*?);\n\n`, 'ms').exec(`${read(source)}\n`) ?? [];
  const events = [...union.matchAll(/\breadonly type: '([\w-]+)'/g)].map(([, type]) => type);
  const rows = read(readme)
    .split('\n')
    .filter((line) => line.startsWith(`| ${option} |`));
  const told = rows.flatMap((row) => [...row.slice(option.length + 3).matchAll(/`([\w-]+)`/g)].map(([, type]) => type));
  expect(events.length).toBeGreaterThan(5);
  expect(told.sort()).toEqual(events.sort());
});
