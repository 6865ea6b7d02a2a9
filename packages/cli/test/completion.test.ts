import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { cleanUpAfterwards, newFolder, run } from './support.js';

cleanUpAfterwards();

const folder = newFolder();
const scriptOf = (shell: string): string => path.join(folder, shell);

beforeAll(async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { status, stdout, stderr } = await run('completion', shell);
    expect([status, stderr]).toEqual([0, '']);
    fs.writeFileSync(scriptOf(shell), stdout);
  }
});

/** What a shell offers at the end of a line: it is asked itself. */
const OFFERS: Readonly<Record<string, (line: string) => string[]>> = {
  bash: (line) => [
    '-c',
    `source "$0"; IFS=' ' read -ra COMP_WORDS <<< "$1"; [[ $1 == *' ' ]] && COMP_WORDS+=('')
     COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 )); _parliament; printf '%s\\n' "\${COMPREPLY[@]}"`,
    scriptOf('bash'),
    line,
  ],
  // Its own list of matches needs a terminal: what it is told to offer is looked at.
  zsh: (line) => [
    '-f',
    '-c',
    `compdef() { }; _files() { }; compadd() { print -l -- "\${(@M)@:#$words[CURRENT]*}" }
     source "$1"; words=("\${(@s: :)2}"); CURRENT=$#words; _parliament`,
    'zsh',
    scriptOf('zsh'),
    line,
  ],
  fish: (line) => ['--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', scriptOf('fish'), line],
};

function isThere(shell: string): boolean {
  return (process.env.PATH ?? '').split(path.delimiter).some((place) => fs.existsSync(path.join(place, shell)));
}

describe.each(Object.entries(OFFERS))('%s', (shell, argumentsFor) => {
  const offered = (line: string): string[] =>
    execFileSync(shell, argumentsFor(line), { cwd: folder, encoding: 'utf8' })
      .split('\n')
      .map((word) => word.split('\t')[0] ?? '')
      .filter((word) => word !== '' && !word.startsWith('--help'));

  (isThere(shell) ? it : it.skip)('completes commands, what they do, and their options', () => {
    expect(offered('parliament sta')).toEqual(['start', 'status']);
    expect(offered('parliament ask --n')).toEqual(['--node']);
    expect(offered('parliament log t')).toEqual(['truncate-corrupt']);
    expect(offered('parliament help res')).toEqual(['restore']);
    expect(offered('parliament completion b')).toEqual(['bash']);
    expect(offered('parliament kv ')).toEqual(expect.arrayContaining(['get', 'put', 'delete', 'range']));
    expect(offered('parliament kv p')).toEqual(['put']);
    expect(offered('parliament kv range --o')).toEqual(['--order']);
    expect(offered('parliament kv put --o')).toEqual([]);
    expect(offered('parliament help kv tx')).toEqual(['txn']);
  });
});
