/** Plays a story, and holds it against what it says. */

import { checkClaim } from './claims.js';
import { COMMANDS, memberIds } from './commands.js';
import { type Scene, type Script, StoryError } from './script.js';
import { createStage, type Stage } from './stage.js';
import { startFounded } from './starting.js';
import { checkLeases } from './truth.js';

const SETTING = /^members (\d+(?: \d+)*)((?:, (?:alpha \d+|lease \d+ms|one decree))*)$/;
const SETTING_FORM = 'members MEMBER…[, alpha SLOTS][, lease TIME][, one decree]';

const BRIEFLY = 'briefly ';

/** Every form of a command, with what it does. */
export const FORMS: readonly { readonly form: string; readonly about: string }[] = [
  {
    form: SETTING_FORM,
    about: 'sets the stage: voters, founded, each with an empty log; without leases, unless one is given',
  },
  ...COMMANDS,
  { form: 'briefly COMMAND', about: 'of what it comes to, only what changes is told, not each message and record' },
  { form: 'expect CLAIM', about: 'what is to be so now' },
];

/** What each scene of a story comes to. @throws StoryError when a command is wrong, or a claim does not hold. */
export function play({ file, scenes }: Script): string[][] {
  let stage: Stage | undefined;
  return scenes.map((scene) => {
    try {
      stage = playCommand(stage, scene.command);
    } catch (error) {
      throw new StoryError(file, scene.line, error instanceof Error ? error.message : String(error));
    }
    return stage.transcript.splice(0);
  });
}

/** One command; without a stage, the one that sets it. @throws Error when it is wrong, or a claim does not hold. */
export function playCommand(stage: Stage | undefined, command: string): Stage {
  if (stage === undefined) return openStage(command);
  if (command.startsWith('expect ')) {
    checkClaim(stage, command.slice('expect '.length));
    return stage;
  }
  stage.isBrief = command.startsWith(BRIEFLY);
  const plain = stage.isBrief ? command.slice(BRIEFLY.length) : command;
  for (const { pattern, play } of COMMANDS) {
    const match = pattern.exec(plain);
    if (match === null) continue;
    play(stage, ...match.slice(1).map((word: string | undefined) => word ?? ''));
    checkLeases(stage);
    return stage;
  }
  const [word = ''] = plain.split(' ');
  const meant = COMMANDS.filter(({ form }) => form.split(' ')[0] === word).map(({ form }) => `  ${form}`);
  if (meant.length > 0) throw new Error(`${word} is written so:\n${meant.join('\n')}`);
  throw new Error(`no such command: ${command}\n${FORMS.map(({ form }) => `  ${form}`).join('\n')}`);
}

function openStage(command: string): Stage {
  const match = SETTING.exec(command);
  if (match === null) throw new Error(`a story begins with its members:\n  ${SETTING_FORM}`);
  const [, ids = '', settings = ''] = match;
  const members = memberIds(ids);
  const stage = createStage({
    members,
    alpha: Number(/alpha (\d+)/.exec(settings)?.[1] ?? 8),
    leaseMs: Number(/lease (\d+)ms/.exec(settings)?.[1] ?? 0),
    isOneDecree: settings.includes('one decree'),
  });
  for (const member of members) {
    const others = members.filter((other) => other !== member);
    startFounded(stage, member, others);
  }
  return stage;
}

/** @throws StoryError at the first scene that came to something else than it says. */
export function checkTranscripts({ file, scenes }: Script, transcripts: readonly (readonly string[])[]): void {
  scenes.forEach((scene, index) => {
    const played = transcripts[index] ?? [];
    const at = firstDifference(scene, played);
    if (at === undefined) return;
    const says = scene.transcript[at] ?? '(nothing more)';
    const is = played[at] ?? '(nothing more)';
    const message = `> ${scene.command}\n  it says:    ${says}\n  it is:      ${is}`;
    throw new StoryError(file, scene.line + at + 1, message);
  });
}

function firstDifference({ transcript }: Scene, played: readonly string[]): number | undefined {
  const length = Math.max(transcript.length, played.length);
  for (let index = 0; index < length; index++) if (transcript[index] !== played[index]) return index;
  return undefined;
}
