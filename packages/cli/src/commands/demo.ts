import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { AskError, CallError, NodeError } from 'parliament';
import type { Command } from '../command.js';
import { CommandError, EXIT, oneLine } from '../errors.js';
import { flag, stringOption } from '../options.js';
import { playScenario } from '../scenario.js';
import { NAMES, startTrio, type Trio } from '../trio.js';

export const demoCommand: Command = {
  name: 'demo',
  summary: 'three processes on this machine found a parliament and survive what is done to them',
  help: `parliament demo [--exit] [--dir DIR]

Starts three nodes, a, b and c, each in a process of its own, on this machine. They found a parliament and agree on a value;
the leader is killed and restarted; an actor is made to crash. Every step is told. Afterwards the three keep running until
Ctrl-C.

  --exit       stop after the last step: exit status 0, or 1 and the reason if any step went wrong
  --dir DIR    keep the data there (default: a temporary directory, removed at the end)
  --help       this text`,
  options: { exit: { type: 'boolean' }, dir: { type: 'string' } },
  maxPositionals: 0,
  async run(parsed) {
    const given = stringOption(parsed, 'dir');
    const directory = given ?? fs.mkdtempSync(path.join(os.tmpdir(), 'parliament-'));
    const isInterrupted = new Promise<'interrupted'>((resolve) => {
      let isStopping = false;
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        process.on(signal, () => {
          // The second time at once: the nodes notice that their parent is gone, and stop too.
          if (isStopping) process.exit(EXIT.failed);
          isStopping = true;
          resolve('interrupted');
        });
      }
    });
    try {
      return await demonstrate(directory, flag(parsed, 'exit'), isInterrupted);
    } finally {
      if (given === undefined) fs.rmSync(directory, { recursive: true, force: true });
    }
  },
};

async function demonstrate(directory: string, isExit: boolean, isInterrupted: Promise<'interrupted'>): Promise<number> {
  const tell = (text: string): void => console.log(text);
  let trio: Trio | undefined;
  try {
    const begun = performance.now();
    tell(`Three processes found a parliament; their data are in ${directory}`);
    trio = await startTrio(directory);
    for (const name of NAMES) {
      tell(`${name} is process ${trio.pidOf(name)}, listens on ${trio.addresses[name]}`);
    }
    tell(`all three are ready   (${(performance.now() - begun).toFixed(0)} ms)`);
    tell('');
    const played = await Promise.race([
      playScenario(trio, tell),
      isInterrupted,
      trio.lost.then((reason) => {
        throw new CommandError(reason);
      }),
    ]);
    if (played === 'interrupted') return EXIT.failed;
    tell('');
    tell('Every step went as it must.');
    if (isExit) return EXIT.ok;
    explain(trio, tell);
    const lost = await Promise.race([isInterrupted, trio.lost]);
    if (lost === 'interrupted') return EXIT.ok;
    throw new CommandError(lost);
  } catch (error) {
    if (!isExpected(error)) throw error;
    process.stderr.write(`parliament demo: ${oneLine(error)}\n`);
    return EXIT.failed;
  } finally {
    if (trio !== undefined) {
      tell('stopping the three processes');
      await trio.stop();
    }
  }
}

function explain(trio: Trio, tell: (text: string) => void): void {
  const { a, b, c } = trio.addresses;
  tell(`
The three keep running until you press Ctrl-C. Talk to them from another terminal, in this folder:

  npx parliament ask color green --node ${a}
  npx parliament ask color --node ${b}
  npx parliament status --node ${c}
  echo '{"id":1,"op":"ask","key":"color","value":"red"}' | npx parliament client --node ${a} --node ${b} --node ${c}
`);
}

function isExpected(error: unknown): boolean {
  return [AskError, CallError, CommandError, NodeError].some((Expected) => error instanceof Expected);
}
