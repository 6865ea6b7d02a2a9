import { CONNECTION_HELP, CONNECTION_OPTIONS, type Command, type Group } from '../command.js';
import type { OptionSpec } from '../options.js';

/** Options of all of them. */
const OPTIONS: Readonly<Record<string, OptionSpec>> = { ...CONNECTION_OPTIONS, node: { type: 'string' } };

const OPTIONS_HELP = `  --node HOST:PORT     a node of the parliament, whichever; without it: the variable PARLIAMENT_NODE
${CONNECTION_HELP}`;

const BASE64_HELP =
  '  --base64             keys and values on the command line are given in base64: for bytes that are no text';

const LEVEL_HELP = `  --level LEVEL        linearizable: all that was written before is in it (default);
                       lease: the same, from the leader alone, which asks nobody: the other nodes refuse it;
                       local: what the asked node has, which may be behind; it needs no majority`;

const READ_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  ...OPTIONS,
  rev: { type: 'string' },
  level: { type: 'string' },
  base64: { type: 'boolean' },
};

/** What may be done more than once, and what may not. */
const ONCE = `It is sent once. When the answer is lost, the failure has the outcome "unknown": it may have been applied. Read before it
is sent again.`;

const get: Command = {
  name: 'get',
  summary: 'read a key',
  help: `parliament kv get KEY --node HOST:PORT [options]

Prints the value of KEY: byte for byte to a file or a pipe, with nothing behind it; to a terminal as a line.

  --rev REVISION       as it was at that revision
${LEVEL_HELP}
${BASE64_HELP}
${OPTIONS_HELP}

With --json: {"ok":true,"value":"…","revision":7,"version":2}, with the newest revision, and how often KEY was put since it came to
be; null and 0 when there is no such key. What is no text is {"base64":"…"}.
Exit status: 0 done; 1 failed; 2 called wrongly; 3 there is no such key.`,
  options: READ_OPTIONS,
  maxPositionals: 1,
  load: () => import('../commands/kv/get.js'),
};

const put: Command = {
  name: 'put',
  summary: 'write a key',
  help: `parliament kv put KEY VALUE --node HOST:PORT [options]

Puts VALUE under KEY, whatever it had, and prints the revision. With - for VALUE it is read from standard input, as it is.

  --if-version N       only where KEY has that version, as "parliament kv get --json" tells it; 0: only where it is not there
${BASE64_HELP}
${OPTIONS_HELP}

${ONCE}
With --json: {"ok":true,"revision":7}; with --if-version: {"ok":true,"swapped":true,"revision":7}.
Exit status: 0 done; 1 failed; 2 called wrongly; 3 KEY has another version: nothing was changed.`,
  options: { ...OPTIONS, 'if-version': { type: 'string' }, base64: { type: 'boolean' } },
  maxPositionals: 2,
  load: () => import('../commands/kv/put.js'),
};

const remove: Command = {
  name: 'delete',
  summary: 'delete a key, or a range of keys',
  help: `parliament kv delete KEY --node HOST:PORT [options]
parliament kv delete --range FROM TO | --prefix P | --all

Deletes the keys, all at one revision, and prints how many there were.

  --range              all keys from FROM on that come before TO, in the order of their bytes
  --prefix P           all keys that begin so
  --all                all keys
${BASE64_HELP}
${OPTIONS_HELP}

${ONCE}
With --json: {"ok":true,"deleted":1,"revision":7}.
Exit status: 0 done, also where there were none; 1 failed; 2 called wrongly.`,
  options: {
    ...OPTIONS,
    range: { type: 'boolean' },
    prefix: { type: 'string' },
    all: { type: 'boolean' },
    base64: { type: 'boolean' },
  },
  maxPositionals: 2,
  load: () => import('../commands/kv/delete.js'),
};

const range: Command = {
  name: 'range',
  summary: 'list keys with their values',
  help: `parliament kv range FROM [TO] --node HOST:PORT [options]
parliament kv range --prefix P | --all

Prints all keys from FROM on, up to TO, which is not in it, with their values.

  --prefix P           all keys that begin so
  --all                all keys
  --limit N            so many at most
  --order ORDER        ascend or descend, by the bytes of the keys (default: ascend)
  --keys-only          without values
  --count-only         only how many there are
  --rev REVISION       as they were at that revision
${LEVEL_HELP}
${BASE64_HELP}
${OPTIONS_HELP}

A line is KEY, a tab, and VALUE. For people: what has several lines is shown in one, long values are cut, and what is no text is shown
as base64:… With --json it is one object, and all of it:
{"ok":true,"items":[{"key":"…","value":"…","version":1,"createRevision":2,"modRevision":2}],"count":1,"more":false,"revision":7}. What
is no text is {"base64":"…"} there; "count" is how many there are, and "more" is whether --limit cut something off.
Exit status: 0 done; 1 failed; 2 called wrongly.`,
  options: {
    ...READ_OPTIONS,
    prefix: { type: 'string' },
    all: { type: 'boolean' },
    limit: { type: 'string' },
    order: { type: 'string' },
    'keys-only': { type: 'boolean' },
    'count-only': { type: 'boolean' },
  },
  maxPositionals: 2,
  load: () => import('../commands/kv/range.js'),
};

const txn: Command = {
  name: 'txn',
  summary: 'compare, and do several things together or not at all',
  help: `parliament kv txn --node HOST:PORT [options] < TRANSACTION

Reads a transaction as JSON from standard input, and prints what became of it as a line of JSON:

  {"compare":[{"key":"k","target":"version","result":"equal","value":1}],
   "then":[{"op":"put","key":"k","value":"v"},{"op":"delete","prefix":"old/"}],
   "else":[{"op":"get","key":"k"}]}

  {"holds":true,"replies":[{"revision":7},{"deleted":2,"revision":7}],"revision":7}

When all compares hold, the steps of "then" are done, else those of "else": all of them, at one revision. A step is put, get, range,
delete or txn, with the fields that it has as a request of "parliament client", and is answered as there.

${OPTIONS_HELP}

One that changes something is sent once. When its answer is lost, the failure has the outcome "unknown": it may have been applied.
With --json the line has "ok", too, also when it failed.
Exit status: 0 done, whether they hold or not; 1 failed; 2 called wrongly, or it is no transaction.`,
  options: OPTIONS,
  maxPositionals: 0,
  load: () => import('../commands/kv/txn.js'),
};

const compact: Command = {
  name: 'compact',
  summary: 'give up the history up to a revision',
  help: `parliament kv compact REVISION --node HOST:PORT [options]

Gives up what no reader from REVISION on can see: values that were written over before, keys that were deleted before. What is there
stays. Without it the history grows with each write, in memory.

${OPTIONS_HELP}

With --json: {"ok":true,"compacted":5,"revision":7}.
Exit status: 0 done; 1 failed; 2 called wrongly.`,
  options: OPTIONS,
  maxPositionals: 1,
  load: () => import('../commands/kv/compact.js'),
};

const watch: Command = {
  name: 'watch',
  summary: 'follow what happens to keys',
  help: `parliament kv watch KEY --node HOST:PORT [options]
parliament kv watch --range FROM [TO] | --prefix P | --all

Prints what happens to the keys as it happens: in order, each once, nothing left out. It goes on until it is ended, or until the node has
not answered for the time of --timeout.

  --range              all keys from FROM on, up to TO, which is not in it
  --prefix P           all keys that begin so
  --all                all keys
  --from REVISION      what happened from that revision on comes first (default: what happens from now on)
  --previous           tell what was there before, too
  --snapshot           the keys as they are come first; with --from only where what comes next was compacted
${BASE64_HELP}
${OPTIONS_HELP}

A line is REVISION, put or delete, KEY, VALUE, and with --previous the value before, with tabs between; of a snapshot REVISION, is, KEY,
VALUE. It is for people, as that of "parliament kv range" is. With --json there is an object for each revision, always the whole of it:
{"revision":7,"events":[{"type":"put","key":"…","value":"…","version":1},{"type":"delete","key":"…"}]}, and of a snapshot
{"revision":7,"items":[…],"reset":false}, where "reset" says that it stands for what was compacted. To go on after a line, give its revision and
one more as --from.
Exit status: 0 its reader has had enough; 1 failed, also where --from was compacted; 2 called wrongly.`,
  options: {
    ...OPTIONS,
    range: { type: 'boolean' },
    prefix: { type: 'string' },
    all: { type: 'boolean' },
    from: { type: 'string' },
    previous: { type: 'boolean' },
    snapshot: { type: 'boolean' },
    base64: { type: 'boolean' },
  },
  maxPositionals: 2,
  load: () => import('../commands/kv/watch.js'),
};

const COMMANDS: readonly Command[] = [get, put, remove, range, txn, compact, watch];

export const kvUsage: Group = {
  name: 'kv',
  summary: `the key space with revisions: ${COMMANDS.map(({ name }) => name).join(', ')}`,
  help: `parliament kv ACTION [options]

Keys with values that can be written over, beside the registers of "parliament ask", in the same log. Each write has a revision.

${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(8)} ${summary}`).join('\n')}

  --help   this text

"parliament help kv ACTION" (or "parliament kv ACTION --help") tells more of each.
Exit status: 0 done; 1 failed; 2 called wrongly; 3 there is no such key (get), or it has another version (put).`,
  commands: COMMANDS,
};
