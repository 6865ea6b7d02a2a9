/** The interpreter of stories: what is wrong is told, with file and line, and nothing is let through. */

import { describe, expect, it } from '@jest/globals';
import { commandsValue, NO_OP } from '../src/index.js';
import { checkTranscripts, play, playCommand } from './story/play.js';
import { parseScript, writeScript } from './story/script.js';
import type { Stage } from './story/stage.js';
import { checkChosen, checkLeases } from './story/truth.js';

/** A story of these lines, under a title and a purpose: the first of them is line 5. */
function story(...lines: string[]): string {
  return ['# A story', '', 'What it is about.', '', ...lines, ''].join('\n');
}

function check(text: string): void {
  const script = parseScript('a.txt', text);
  checkTranscripts(script, play(script));
}

const ELECTED = ['> members 0 1 2', '> briefly stand 0', '> briefly deliver all'];

describe('a story that is no story', () => {
  it.each([
    ['without a title', 'What it is about.\n', 'a.txt:1: a story begins with its title'],
    ['without a purpose', '# A story\n\n> members 0 1 2\n> expect 0 promised none\n', 'a.txt:2: under its title'],
    ['without a command', '# A story\n\nWhat it is about.\n', 'a.txt:3: a story has commands'],
    ['without a point', story('> members 0 1 2', '> stand 0'), 'a.txt:6: a story ends with its point'],
    ['with a transcript of nothing', story('    0 leads'), 'a.txt:5: a transcript stands right under its command'],
  ])('%s is refused', (_, text, message) => {
    expect(() => parseScript('a.txt', text)).toThrow(message);
  });
});

describe('a wrong command', () => {
  it.each([
    ['is none', 'shout 0', 'a.txt:6: no such command: shout 0'],
    ['is written otherwise', 'tick 0 200', 'a.txt:6: tick is written so:\n  tick MEMBER… TIME'],
    ['names no member', 'stand 7', 'a.txt:6: there is no member 7'],
    ['delivers nothing', 'deliver 0 -> 1', 'a.txt:6: no message is on its way from 0 to 1'],
    ['drops nothing', 'drop 0 -> all accept', 'a.txt:6: no accept is on its way from 0 to all'],
    ['delivers when all is quiet', 'deliver all', 'a.txt:6: nothing is on its way'],
    ['mends what is whole', 'mend 0 - 1', 'a.txt:6: that line is not cut'],
    ['syncs nothing', 'sync 0', 'a.txt:6: nothing waits on the disk of member 0'],
    ['restarts who is up', 'restart 0', 'a.txt:6: member 0 is not down'],
    ['puts back no copy', 'put back disk of 0', 'a.txt:6: member 0 is not down'],
    ['lets a member join twice', 'join 1', 'a.txt:6: there is a member 1 already'],
    ['claims what is no claim', 'expect 0 is happy', 'a.txt:6: no such claim: 0 is happy'],
  ])('that %s is told with file and line', (_, command, message) => {
    expect(() => check(story('> members 0 1 2', `> ${command}`, '> expect 0 promised none'))).toThrow(message);
  });

  it('before the members is told so', () => {
    expect(() => check(story('> stand 0', '> expect 0 leads at 1.0'))).toThrow(
      'a.txt:5: a story begins with its members',
    );
  });

  it('to a member that is down is told so', () => {
    const text = story('> members 0 1 2', '> crash 0', '> propose 0 "a"', '> expect 0 promised none');
    expect(() => check(text)).toThrow('a.txt:7: member 0 is down');
  });
});

describe('a transcript', () => {
  const played = parseScript('a.txt', story(...ELECTED, '> expect 0 leads at 1.0'));
  const text = writeScript(played, play(played));

  it('that was written is as it is played', () => {
    expect(text).toContain('    0       role            leads at 1.0\n');
    expect(() => check(text)).not.toThrow();
  });

  it('that says something else fails at that line', () => {
    const line = text.split('\n').indexOf('    0       role            leads at 1.0') + 1;
    expect(() => check(text.replace('leads at 1.0\n', 'leads at 3.0\n'))).toThrow(
      `a.txt:${line}: > briefly deliver all`,
    );
  });

  it('that says more, or less, fails', () => {
    expect(() => check(text.replace('    0       role            leads at 1.0\n', ''))).toThrow('it is:');
    expect(() => check(text.replace('\n> expect', '\n    and so on\n> expect'))).toThrow('(nothing more)');
  });

  it('is written anew with all prose and commands as they were', () => {
    expect(parseScript('a.txt', text).prose).toEqual(played.prose);
    expect(parseScript('a.txt', text).scenes.map(({ command }) => command)).toEqual(
      played.scenes.map(({ command }) => command),
    );
  });
});

describe('a claim that does not hold', () => {
  it.each([
    ['1 leads at 1.1', 'it does not lead'],
    ['0 leads at 3.0', 'it leads at 1.0'],
    ['0 1 lead not', 'member 0 leads at 1.0'],
    ['1 2 follow 1', 'member 1 follows 0'],
    ['0 follows nobody', 'member 0 is leading'],
    ['0 1 know no-op "a"', 'member 0 knows no-op'],
    ['2 knows nothing', 'member 2 knows no-op'],
    ['2 promised 1.2', 'member 2 promised 1.0'],
    ['1 voted "a" in slot 2', 'member 1 voted nothing'],
    ['0 holds a lease', 'it holds no lease'],
    ['0 1 are governed by voters 0 1', 'member 0 is governed by voters 0 1 2'],
    ['2 is a member no longer', 'member 2 has not heard that it is none'],
    ['0 1 count 2 no longer', 'member 0 counts it'],
  ])('fails the story, also when it is written anew: %s', (claim, found) => {
    const script = parseScript('a.txt', story(...ELECTED, `> expect ${claim}`));
    expect(() => play(script)).toThrow(`a.txt:8: expected: ${claim}; but ${found}`);
  });
});

describe('whatever a story claims, it fails', () => {
  const playAll = (...commands: string[]): Stage => {
    const [setting = '', ...others] = commands;
    return others.reduce((stage, command) => playCommand(stage, command), playCommand(undefined, setting));
  };

  it('when a slot is decided with two values', () => {
    const stage = playAll('members 0 1 2', 'stand 0', 'deliver all');
    expect(() => checkChosen(stage, 1, 1, NO_OP)).not.toThrow();
    const other = commandsValue(new TextEncoder().encode('a'));
    const message = 'slot 1 was decided with no-op, and member 1 has "a" there';
    expect(() => checkChosen(stage, 1, 1, other)).toThrow(message);
  });

  it('when two members hold a lease at a time', () => {
    const stage = playAll('members 0 1 2, lease 250ms', 'stand 0', 'deliver all');
    const other = playAll('members 0 1 2, lease 250ms', 'stand 1', 'deliver all');
    expect(() => checkLeases(stage)).not.toThrow();
    stage.now = other.now = Math.max(stage.now, other.now);
    for (const [member, player] of other.players) if (member === 1) stage.players.set(member, player);
    expect(() => checkLeases(stage)).toThrow('members 0 and 1 hold a lease');
  });
});
