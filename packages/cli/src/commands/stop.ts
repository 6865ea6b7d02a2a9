import { CallError, call, type NodeEvent } from 'parliament';
import { type Client, countdown, withClient } from '../client-node.js';
import { STOP_REQUEST } from '../control.js';
import { CommandError, EXIT } from '../errors.js';
import { flag, type Parsed, requiredOption } from '../options.js';
import { print } from '../output.js';
import { parseAddress } from '../values.js';

export async function run(parsed: Parsed): Promise<number> {
  // Said each time: a variable that somebody has forgotten about must stop no node.
  const address = parseAddress(requiredOption(parsed, 'node', '127.0.0.1:7001'));
  const isJson = flag(parsed, 'json');
  return withClient('stop', parsed, async (client, { timeoutMs }) => {
    const name = await stopNode(client, address, timeoutMs);
    print(isJson ? JSON.stringify({ ok: true, node: name }) : `${name} has stopped`);
    return EXIT.ok;
  });
}

/** Gives the name of the node, when it has stopped. @throws CommandError CallError when it has not, or when nobody knows. */
async function stopNode(client: Client, address: string, timeoutMs: number): Promise<string> {
  const left = countdown(timeoutMs);
  const { name, control } = await client.reach(address, left());
  let isClosed = false;
  const isDown = new Promise<Extract<NodeEvent, { type: 'nodedown' }>['reason']>((resolve) => {
    client.node.onEvent((event) => {
      if (event.type !== 'nodedown' || event.node !== name) return;
      isClosed = event.reason === 'peer-closed';
      resolve(event.reason);
    });
  });
  try {
    await call(control, STOP_REQUEST, { timeoutMs: left() });
  } catch (error) {
    if (error instanceof CallError && error.code === 'timeout') {
      throw new CommandError(`${name} has not answered within ${timeoutMs} ms: it may stop yet`);
    }
    // It has closed before its answer was read.
    if (!isClosed) throw error;
  }
  const reason = await Promise.race([isDown, overdue(name, timeoutMs, left())]);
  // A link that is lost is no sign that the node is gone: only the node itself can say so.
  if (isClosed) return name;
  throw new CommandError(`${name} stops, but the link to it was lost (${reason}): whether it has stopped is not known`);
}

function overdue(name: string, timeoutMs: number, leftMs: number): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => {
      reject(new CommandError(`${name} is still there after ${timeoutMs} ms`));
    }, leftMs).unref();
  });
}
