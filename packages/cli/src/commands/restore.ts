import { restore } from '@parliament/storage/tools';
import { EXIT, oneLine, UsageError } from '../errors.js';
import { flag, type Parsed, requiredOption, stringOption } from '../options.js';
import { answering, print } from '../output.js';
import { openProgress } from '../progress.js';
import { parseMember, parseName } from '../values.js';

export async function run(parsed: Parsed): Promise<number> {
  const [backup, directory] = parsed.positionals;
  if (backup === undefined || directory === undefined) throw new UsageError('give the backup and the new directory');
  const cluster = parseName(requiredOption(parsed, 'cluster', 'restored-1'));
  const id = stringOption(parsed, 'member');
  const member = id === undefined ? {} : { member: parseMember({ text: id, as: '--member' }) };
  const isJson = flag(parsed, 'json');
  return answering(isJson, async () => {
    const progress = openProgress(directory);
    const work = restore(backup, directory, { cluster, ...member }, progress.show);
    const { groups } = await work.finally(progress.end);
    if (isJson) print(JSON.stringify({ directory, cluster, groups }));
    for (const { name, member: own, decidedUpTo } of isJson ? [] : groups) {
      print(oneLine(`${directory}: ${name}, member ${own} of ${cluster}, decided up to slot ${decidedUpTo}`));
    }
    return EXIT.ok;
  });
}
