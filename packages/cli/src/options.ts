/** Values on the command line: read, checked, and refused with a word on what would be right. */

import { parseArgs } from 'node:util';
import { oneLine, UsageError } from './errors.js';

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

/** @throws UsageError for an unknown option, a missing value, or too many arguments. */
export function parseOptions(
  args: readonly string[],
  specs: Readonly<Record<string, OptionSpec>>,
  maxPositionals: number,
): Parsed {
  let parsed: Parsed;
  try {
    parsed = parseArgs({ args: [...args], options: specs, allowPositionals: true, strict: true });
  } catch (error) {
    // Node's own sentence, without its hint on how to write arguments that begin with a dash.
    throw new UsageError(oneLine(error).replace(/\. To specify a positional argument.*$|\.$/, ''));
  }
  const extra = parsed.positionals[maxPositionals];
  if (extra !== undefined) throw new UsageError(`unexpected argument ${JSON.stringify(extra)}`);
  return parsed;
}

/** The value of a string option, or undefined. */
export function stringOption({ values }: Parsed, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** @throws UsageError when the option is missing. */
export function requiredOption(parsed: Parsed, name: string, example: string): string {
  const value = stringOption(parsed, name);
  if (value === undefined || value === '')
    throw new UsageError(`--${name} is missing; for example --${name} ${example}`);
  return value;
}

/** The values of an option that may be given several times. */
export function listOption({ values }: Parsed, name: string): string[] {
  const value = values[name];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

export function flag({ values }: Parsed, name: string): boolean {
  return values[name] === true;
}

/** A duration with its unit, as `500ms`, `5s`, `2m`, in milliseconds. @throws UsageError */
export function parseDuration(text: string, name: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match?.[2] ?? ''];
  const milliseconds = unit === undefined ? 0 : Number(match?.[1]) * unit;
  if (!(milliseconds > 0) || milliseconds > 86_400_000) {
    throw new UsageError(`--${name} ${text}: give a time with its unit, up to a day: 500ms, 5s, 2m`);
  }
  return milliseconds;
}

/**
 * `host:port`, of the form that nodes take.
 *
 * @param portMin 1 for what is dialled; 0, for a listener, lets the operating system choose.
 * @throws UsageError
 */
export function parseAddress(text: string, name: string, portMin = 1): string {
  const match = /^(?:\[[0-9a-fA-F:.]{2,45}\]|[a-zA-Z0-9._-]{1,253}):(\d{1,5})$/.exec(text);
  const port = Number(match?.[1]);
  // A host such as 1.2.3.4.5 has the form of a name, and is none.
  if (port >= portMin && port <= 65_535 && URL.canParse(`ws://${text}`)) return text;
  throw new UsageError(`--${name} ${text}: give an address as HOST:PORT, for example 127.0.0.1:7001`);
}

/** A member id. @throws UsageError */
export function parseMember(text: string, name: string): number {
  if (!/^\d{1,4}$/.test(text) || Number(text) > 1023) {
    throw new UsageError(`--${name} ${text}: a member id is a whole number from 0 to 1023`);
  }
  return Number(text);
}

/** A name of a node or a cluster. @throws UsageError */
export function parseName(text: string, name: string): string {
  if (!/^[a-zA-Z0-9._-]{1,64}$/.test(text)) {
    throw new UsageError(`--${name} ${text}: a name is 1 to 64 of the letters, digits and . _ -`);
  }
  return text;
}

/** A peer, given as `NAME=HOST:PORT` or `ID:NAME=HOST:PORT`. */
export interface Peer {
  readonly name: string;
  readonly member?: number;
  readonly address: string;
}

/** @throws UsageError */
export function parsePeer(text: string): Peer {
  const match = /^(?:(\d+):)?([^=:]+)=(.+)$/.exec(text);
  const [, member, name, address] = match ?? [];
  if (name === undefined || address === undefined) {
    throw new UsageError(`--peer ${text}: give NAME=HOST:PORT or ID:NAME=HOST:PORT, for example b=127.0.0.1:7002`);
  }
  return {
    name: parseName(name, 'peer'),
    address: parseAddress(address, 'peer'),
    ...(member === undefined ? {} : { member: parseMember(member, 'peer') }),
  };
}
