/** What all of `parliament kv` do alike. */

import { kv } from '@parliament/machines';
import { withMachine } from 'parliament';
import { countdown, withClient } from '../client-node.js';
import { EXIT } from '../errors.js';
import { flag, nodeOption, type Parsed } from '../options.js';
import { print } from '../output.js';
import { tellingOutcome } from '../outcome.js';
import type { KeySpace } from './asking.js';

/** What a command asks for. */
export interface Work<Reply> {
  readonly action: string;
  readonly isWrite: boolean;
  readonly ask: (space: KeySpace, timeoutMs: number) => Promise<Reply>;
  /** The answer as JSON. */
  readonly json: (reply: Reply) => object;
  /** Tells the answer to people. */
  readonly show: (reply: Reply) => void | Promise<void>;
  /** Default: it is done. */
  readonly status?: (reply: Reply) => number;
}

/** Asks the key space of a node, and tells what it answers. */
export function withSpace<Reply>(parsed: Parsed, work: Work<Reply>): Promise<number> {
  const address = nodeOption(parsed);
  const { action, isWrite, ask, json, show, status = () => EXIT.ok } = work;
  return withClient(
    `kv ${action}`,
    parsed,
    async (client, settings) => {
      const left = countdown(settings.timeoutMs);
      const { registers } = await client.reach(address, left());
      const reply = await ask(withMachine(registers, kv), left());
      if (flag(parsed, 'json')) print(JSON.stringify({ ok: true, ...json(reply) }));
      else await show(reply);
      return status(reply);
    },
    tellingOutcome(isWrite),
  );
}
