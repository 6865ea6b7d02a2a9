import { propose } from 'parliament';
import { UsageError } from '../../errors.js';
import { answerToCompact } from '../../kv/answers.js';
import { withSpace } from '../../kv/with-space.js';
import type { Parsed } from '../../options.js';
import { print } from '../../output.js';
import { parseWhole } from '../../values.js';

export async function run(parsed: Parsed): Promise<number> {
  const [text] = parsed.positionals;
  if (text === undefined) throw new UsageError('REVISION is missing: parliament kv compact REVISION --node HOST:PORT');
  const revision = parseWhole({ text, as: 'REVISION' }, 1);
  return withSpace(parsed, {
    action: 'compact',
    isWrite: true,
    ask: (space, timeoutMs) => propose(space, { type: 'compact', revision }, { timeoutMs }),
    json: answerToCompact,
    show: ({ compacted }) => print(`compacted to revision ${compacted}`),
  });
}
