/**
 * A story as it is written: a title (`# …`), its purpose in prose, then commands (`> …`), each with what comes of it, indented, under it.
 * Prose may stand between them.
 */

/** What is wrong with a story, and where. */
export class StoryError extends Error {
  override readonly name = 'StoryError';

  constructor(file: string, line: number, message: string) {
    super(`${file}:${line}: ${message}`);
  }
}

/** A command, and the transcript that stands under it. */
export interface Scene {
  /** Its line in the file; the first one is 1. */
  readonly line: number;
  readonly command: string;
  readonly transcript: readonly string[];
}

export interface Script {
  readonly file: string;
  readonly title: string;
  /** The prose before each scene, and after the last one: one more than there are scenes. */
  readonly prose: readonly (readonly string[])[];
  readonly scenes: readonly Scene[];
}

const TITLE = '# ';
const COMMAND = '> ';
const INDENT = '    ';

/** @throws StoryError when it has no title, no purpose, no command, or does not end with what it claims. */
export function parseScript(file: string, text: string): Script {
  const lines = text.replace(/\n$/, '').split('\n');
  const [first = ''] = lines;
  if (!first.startsWith(TITLE)) throw new StoryError(file, 1, `a story begins with its title: ${TITLE}…`);
  const prose: string[][] = [[]];
  const scenes: (Scene & { readonly transcript: string[] })[] = [];
  let isTranscript = false;
  lines.forEach((line, index) => {
    if (line.startsWith(COMMAND)) {
      scenes.push({ line: index + 1, command: line.slice(COMMAND.length).trim(), transcript: [] });
      prose.push([]);
      isTranscript = true;
    } else if (line.startsWith(INDENT)) {
      if (!isTranscript) throw new StoryError(file, index + 1, 'a transcript stands right under its command');
      scenes.at(-1)?.transcript.push(line.slice(INDENT.length));
    } else {
      isTranscript = false;
      prose.at(-1)?.push(line);
    }
  });
  if (!(prose[0] ?? []).slice(1).some((line) => line.trim() !== '')) {
    throw new StoryError(file, 2, 'under its title a story says what it is about');
  }
  const last = scenes.at(-1);
  if (last === undefined) throw new StoryError(file, lines.length, `a story has commands: ${COMMAND}…`);
  if (!last.command.startsWith('expect ')) {
    throw new StoryError(file, last.line, 'a story ends with its point: > expect …');
  }
  return { file, title: first.slice(TITLE.length), prose, scenes };
}

/** The text of a story in which each scene has the transcript that is given for it. */
export function writeScript({ prose, scenes }: Script, transcripts: readonly (readonly string[])[]): string {
  const lines = [...(prose[0] ?? [])];
  scenes.forEach(({ command }, index) => {
    const transcript = (transcripts[index] ?? []).map((line) => `${INDENT}${line}`);
    lines.push(`${COMMAND}${command}`, ...transcript, ...(prose[index + 1] ?? []));
  });
  return `${lines.join('\n')}\n`;
}
