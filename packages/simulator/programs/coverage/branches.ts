/** Branches, taken and not: what two runs came to together, and how it compares with what is excepted. */

/** A place in a built file: the line from 1, the column from 0. An arm that nobody wrote, an `else`, has none. */
interface Place {
  readonly line?: number;
  readonly column?: number;
}

interface Span {
  readonly start: Place;
  readonly end: Place;
}

/** What Istanbul says of one place where the way parts. */
export interface Fork {
  readonly type: 'if' | 'cond-expr' | 'switch' | 'binary-expr' | 'default-arg';
  readonly loc: Span;
  readonly locations: readonly Span[];
}

/** What Istanbul says of one file, as far as it is used. */
export interface FileBranches {
  readonly branchMap: Readonly<Record<string, Fork>>;
  /** By number of the fork: how often each of its arms was taken. */
  readonly b: Readonly<Record<string, readonly number[]>>;
}

/** By path of the built file. */
export type Branches = Readonly<Record<string, FileBranches>>;

/** The same forks, with the counts of both. */
export function merged(left: Branches, right: Branches): Branches {
  const sum: Record<string, FileBranches> = { ...left };
  for (const [path, { branchMap, b }] of Object.entries(right)) {
    const known = sum[path]?.b ?? {};
    const counts = Object.entries(b).map(([fork, arms]) => {
      return [fork, arms.map((count, arm) => count + (known[fork]?.[arm] ?? 0))] as const;
    });
    sum[path] = { branchMap, b: Object.fromEntries(counts) };
  }
  return sum;
}

/** One arm of a fork, as a reader of the source finds it. */
export interface Branch {
  /** The file, without its ending. */
  readonly file: string;
  /** The line of the TypeScript source, from 1, and its text. */
  readonly line: number;
  readonly text: string;
  /** Which arm: `is true`, `is false`, `comes to …`, `is this case`, `is left out`. */
  readonly arm: string;
  readonly taken: number;
}

/** Where a place of a built file comes from. */
export type Locate = (place: Place) => { readonly line: number; readonly text: string };

/** All arms of a file. `built` is its text, line by line. */
export function branchesOf(
  file: string,
  { branchMap, b }: FileBranches,
  built: readonly string[],
  locate: Locate,
): Branch[] {
  return Object.entries(branchMap).flatMap(([number, fork]) =>
    fork.locations.map((span, index): Branch => {
      const isOwn = fork.type !== 'if' && fork.type !== 'cond-expr';
      const { line, text } = locate(isOwn ? span.start : fork.loc.start);
      return { file, line, text, arm: armOf(fork, index, built), taken: b[number]?.[index] ?? 0 };
    }),
  );
}

function armOf(fork: Fork, index: number, built: readonly string[]): string {
  switch (fork.type) {
    case 'if':
    case 'cond-expr':
      return index === 0 ? 'is true' : 'is false';
    case 'switch':
      return 'is this case';
    case 'default-arg':
      return 'is left out';
    case 'binary-expr':
      return `comes to ${textOf(fork.locations[index] as Span, built)}`;
  }
}

function textOf({ start, end }: Span, built: readonly string[]): string {
  const lines = built.slice((start.line ?? 1) - 1, end.line);
  const last = lines.length - 1;
  const cut = lines.map((line, index) => {
    return line.slice(index === 0 ? start.column : 0, index === last ? end.column : undefined).trim();
  });
  return cut.join(' ');
}

/** A branch that need not be taken by any world or model, and why. */
export interface Exception {
  readonly file: string;
  /** What stands in the line of the TypeScript source: as much of it as tells it from others. */
  readonly text: string;
  /** Which arm; all that are not taken, when it is left out. */
  readonly arm?: string;
  readonly why: string;
  /** A known gap: it could be taken, and should be. */
  readonly isOpen?: true;
}

/** How what was not taken compares with what is excepted. */
export interface Comparison {
  /** Not taken, and nobody has argued why. */
  readonly missing: readonly Branch[];
  /** Not taken, and excepted: none can or need take them. */
  readonly excepted: readonly Branch[];
  /** Not taken, and known as a gap. */
  readonly gaps: readonly Branch[];
  /** Exceptions of branches that are taken after all, or are no longer there. */
  readonly stale: readonly Exception[];
}

export function compare(branches: readonly Branch[], exceptions: readonly Exception[]): Comparison {
  const open = branches.filter(({ taken }) => taken === 0);
  const fits = (branch: Branch, { file, text, arm }: Exception): boolean =>
    branch.file === file && branch.text.includes(text) && (arm === undefined || branch.arm === arm);
  const argued = exceptions.filter(({ isOpen }) => isOpen !== true);
  const excepted = open.filter((branch) => argued.some((exception) => fits(branch, exception)));
  const rest = open.filter((branch) => !excepted.includes(branch));
  return {
    missing: rest.filter((branch) => !exceptions.some((exception) => fits(branch, exception))),
    excepted,
    gaps: rest.filter((branch) => exceptions.some((exception) => fits(branch, exception))),
    stale: exceptions.filter((exception) => !open.some((branch) => fits(branch, exception))),
  };
}
