import { isUtf8 } from 'node:buffer';
import { oneLine, UsageError } from '../../errors.js';
import { readInput } from '../../input.js';
import { answerToTxn } from '../../kv/answers.js';
import { transact } from '../../kv/asking.js';
import { isReading, type Transaction } from '../../kv/calls.js';
import { FieldError, fieldsOf } from '../../kv/fields.js';
import { parseTransaction } from '../../kv/parse.js';
import { withSpace } from '../../kv/with-space.js';
import { flag, nodeOption, type Parsed } from '../../options.js';
import { print } from '../../output.js';

export async function run(parsed: Parsed): Promise<number> {
  // What is wrong with the call is told before anybody has to write.
  nodeOption(parsed);
  const transaction = parse(await readInput(flag(parsed, 'json')));
  return withSpace(parsed, {
    action: 'txn',
    isWrite: !isReading(transaction),
    ask: (space, timeoutMs) => transact(space, transaction, { timeoutMs }),
    json: (reply) => answerToTxn(transaction, reply),
    show: (reply) => print(JSON.stringify(answerToTxn(transaction, reply))),
  });
}

/** @throws UsageError when it is no transaction */
function parse(input: Uint8Array): Transaction {
  if (!isUtf8(input)) throw new UsageError('standard input is not UTF-8');
  try {
    return parseTransaction(fieldsOf(JSON.parse(Buffer.from(input).toString()), ''));
  } catch (error) {
    if (error instanceof FieldError) throw new UsageError(`standard input: ${error.message}`);
    throw new UsageError(`standard input is not JSON: ${oneLine(error)}`);
  }
}
