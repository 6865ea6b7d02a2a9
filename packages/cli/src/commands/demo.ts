import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { CommandError, EXIT, oneLine, UsageError } from '../errors.js';
import { flag, type Parsed, stringOption } from '../options.js';
import { onOutputLost, print } from '../output.js';
import { playScenario } from '../scenario.js';
import { NAMES, startTrio, type Trio } from '../trio.js';

export async function run(parsed: Parsed): Promise<number> {
  const given = stringOption(parsed, 'dir');
  if (given === '') throw new UsageError('--dir is empty; for example --dir ./demo');
  const directory = given ?? fs.mkdtempSync(path.join(os.tmpdir(), 'parliament-'));
  const isInterrupted = new Promise<'interrupted'>((resolve) => {
    let isStopping = false;
    // A terminal that is closed hangs up.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        // The second time at once: the nodes notice that their parent is gone, and stop too.
        if (isStopping) process.exit(EXIT.failed);
        isStopping = true;
        resolve('interrupted');
      });
    }
    // Nobody watches any longer.
    onOutputLost(() => resolve('interrupted'));
  });
  try {
    return await demonstrate(directory, flag(parsed, 'exit'), isInterrupted);
  } finally {
    if (given === undefined) fs.rmSync(directory, { recursive: true, force: true });
  }
}

async function demonstrate(directory: string, isExit: boolean, isInterrupted: Promise<'interrupted'>): Promise<number> {
  const tell = (text: string): void => print(oneLine(text));
  let trio: Trio | undefined;
  try {
    const begun = performance.now();
    tell(`Three processes form a parliament; their data are in ${directory}`);
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
    for (const line of explain(trio)) tell(line);
    const lost = await Promise.race([isInterrupted, trio.lost]);
    if (lost === 'interrupted') return EXIT.ok;
    throw new CommandError(lost);
  } finally {
    if (trio !== undefined) {
      tell('stopping the three processes');
      await trio.stop();
    }
  }
}

function explain(trio: Trio): string[] {
  const { a, b, c } = trio.addresses;
  return [
    '',
    'The three keep running until you press Ctrl-C. Talk to them from another terminal, in this folder:',
    '',
    `  npx parliament ask color green --node ${a}`,
    `  npx parliament ask color --node ${b}`,
    `  npx parliament status --node ${c}`,
    `  echo '{"id":1,"op":"ask","key":"color","value":"red"}' | npx parliament client --node ${a} --node ${b} --node ${c}`,
    '',
  ];
}
