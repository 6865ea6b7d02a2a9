/** Values on the command line: read, checked, and refused with a word on what would be right. */

import { parseArgs } from 'node:util';
import { oneLine, UsageError } from './errors.js';
import { didYouMean } from './nearest.js';
import { type Given, parseAddress, parseWhole, parseWord } from './values.js';

/** One option of a command. */
export interface OptionSpec {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  readonly short?: string;
}

/** What was given: options by name, and arguments. */
export interface Parsed {
  readonly values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
  readonly positionals: readonly string[];
}

/** Environment variables that stand for options which are not given. */
const VARIABLES = { node: 'PARLIAMENT_NODE', 'secret-file': 'PARLIAMENT_SECRET_FILE' } as const;

/** @throws UsageError for an unknown option, one that is given twice, a missing value, or too many arguments. */
export function parseOptions(
  args: readonly string[],
  specs: Readonly<Record<string, OptionSpec>>,
  maxPositionals: number,
): Parsed {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args, specs);
  } catch (error) {
    // Node's own sentence, without its hint on how to write arguments that begin with a dash.
    const sentence = oneLine(error).replace(/\. To specify a positional argument.*$|\.$/, '');
    const [, unknown] = /^Unknown option '(-[^']*)'$/.exec(sentence) ?? [];
    if (unknown === undefined) throw new UsageError(sentence);
    const known = [...Object.keys(specs), 'help'].map((name) => `--${name}`);
    const isWord = unknown.startsWith('--') || maxPositionals === 0;
    const hint = isWord ? didYouMean(unknown, known) : '; what begins with a dash and is no option stands behind --';
    throw new UsageError(sentence + hint);
  }
  const seen = new Set<string>();
  for (const token of parsed.tokens) {
    if (token.kind !== 'option' || specs[token.name]?.type !== 'string') continue;
    if (seen.has(token.name) && specs[token.name]?.multiple !== true) {
      throw new UsageError(`--${token.name} is given twice, and takes one value`);
    }
    seen.add(token.name);
  }
  const extra = parsed.positionals[maxPositionals];
  if (extra !== undefined) throw new UsageError(`unexpected argument ${JSON.stringify(extra)}`);
  return parsed;
}

function parse(args: readonly string[], specs: Readonly<Record<string, OptionSpec>>) {
  const options = { ...specs, help: { type: 'boolean', short: 'h' } as const };
  return parseArgs({ args: [...args], options, allowPositionals: true, strict: true, tokens: true });
}

/** The value of a string option, or undefined. */
export function stringOption({ values }: Parsed, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** The value of an option that is a whole number, or undefined. @throws UsageError */
export function wholeOption(parsed: Parsed, name: string, least: number): number | undefined {
  const text = stringOption(parsed, name);
  return text === undefined ? undefined : parseWhole({ text, as: `--${name}` }, least);
}

/** The value of an option that is one of a few words, or undefined. @throws UsageError */
export function wordOption<Word extends string>(
  parsed: Parsed,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const text = stringOption(parsed, name);
  return text === undefined ? undefined : parseWord({ text, as: `--${name}` }, words);
}

/** The value of a string option, or what an environment variable says in its place. */
export function optionOrVariable(parsed: Parsed, name: keyof typeof VARIABLES): Given | undefined {
  const text = stringOption(parsed, name);
  return text === undefined ? variable(name) : { text, as: `--${name}` };
}

/** @throws UsageError when the option is missing. */
export function requiredOption(parsed: Parsed, name: string, example: string): Given {
  const text = stringOption(parsed, name);
  if (text === undefined || text === '') throw missing(name, example);
  return { text, as: `--${name}` };
}

/** The address of the node that is talked to. @throws UsageError */
export function nodeOption(parsed: Parsed): string {
  const given = optionOrVariable(parsed, 'node');
  if (given === undefined) throw missing('node', NODE_EXAMPLE);
  return parseAddress(given);
}

/** The same for several nodes. @throws UsageError unless there is one at least */
export function nodesOption(parsed: Parsed): string[] {
  const given = listOption(parsed, 'node');
  const fallback = variable('node');
  if (given.length === 0 && fallback !== undefined) return [parseAddress(fallback)];
  if (given.length === 0) throw missing('node', NODE_EXAMPLE);
  return given.map((each) => parseAddress(each));
}

const NODE_EXAMPLE = `127.0.0.1:7001, or set ${VARIABLES.node}`;

function variable(name: keyof typeof VARIABLES): Given | undefined {
  const text = process.env[VARIABLES[name]];
  // A variable that is empty is one that was taken back.
  return text === undefined || text === '' ? undefined : { text, as: VARIABLES[name] };
}

/** The environment without those variables: for a process that is told everything by its options. */
export function withoutVariables(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names: readonly string[] = Object.values(VARIABLES);
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !names.includes(name)));
}

function missing(name: string, example: string): UsageError {
  return new UsageError(`--${name} is missing; for example --${name} ${example}`);
}

/** The values of an option that may be given several times. */
export function listOption({ values }: Parsed, name: string): Given[] {
  const value = values[name];
  if (!Array.isArray(value)) return [];
  return value.filter((item): item is string => typeof item === 'string').map((text) => ({ text, as: `--${name}` }));
}

export function flag({ values }: Parsed, name: string): boolean {
  return values[name] === true;
}
