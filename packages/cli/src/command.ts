/** What every command of the command line is. */

import type { OptionSpec, Parsed } from './options.js';

/** Commands that belong together: `parliament kv get`. */
export interface Group {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  readonly help: string;
  readonly commands: readonly Command[];
}

/** How a command is called. What does it is code of its own, which is loaded when it is run. */
export interface Command {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  readonly help: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** What its first argument may be, where that is one of a few words. */
  readonly words?: readonly string[];
  /** How many arguments it takes at most. */
  readonly maxPositionals: number;
  readonly load: () => Promise<{ readonly run: Run }>;
}

/** Does what was asked for, and gives the exit status. What it throws is told in one line. */
type Run = (parsed: Parsed) => Promise<number>;

/** Options of every command that talks to a running node. */
export const CONNECTION_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  'secret-file': { type: 'string' },
  cluster: { type: 'string' },
  timeout: { type: 'string' },
  json: { type: 'boolean' },
};

/** Their help. */
export const CONNECTION_HELP = `  --secret-file FILE   file with the cluster's secret, when it has one (others must not be able to read it);
                       without it: what the variable PARLIAMENT_SECRET_FILE names, if that is set
  --cluster NAME       the cluster's name (default: parliament)
  --timeout TIME       give up after this time, with its unit: 500ms, 5s, 2m (default: 5s)
  --json               answer as one JSON object a line
  --help               this text`;
