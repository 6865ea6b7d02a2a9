import { backUp } from '@parliament/storage/tools';
import { EXIT, oneLine, UsageError } from '../errors.js';
import { flag, type Parsed } from '../options.js';
import { answering, count, print } from '../output.js';
import { openProgress } from '../progress.js';

export async function run(parsed: Parsed): Promise<number> {
  const [directory, target] = parsed.positionals;
  if (directory === undefined || target === undefined) throw new UsageError('give the data directory and the target');
  const isJson = flag(parsed, 'json');
  return answering(isJson, async () => {
    const progress = openProgress(target);
    const report = await backUp(directory, target, progress.show).finally(progress.end);
    const { records, bytes } = report;
    if (isJson) print(JSON.stringify(report));
    else print(`${oneLine(target)}: ${count(records, 'record')}, ${(bytes / 1e6).toFixed(1)} MB, verified`);
    return EXIT.ok;
  });
}
