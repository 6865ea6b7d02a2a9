import { call } from 'parliament';
import { clientSettings, openClient } from '../client-node.js';
import { STOP_REQUEST } from '../control.js';
import { CommandError, EXIT, reasonOf } from '../errors.js';
import { flag, type Parsed, requiredOption } from '../options.js';
import { complain, print } from '../output.js';
import { parseAddress } from '../values.js';

export async function run(parsed: Parsed): Promise<number> {
  // Said each time: a variable that somebody has forgotten about must stop no node.
  const address = parseAddress(requiredOption(parsed, 'node', '127.0.0.1:7001'));
  const settings = clientSettings(parsed);
  const client = await openClient(settings);
  try {
    const { name, control } = await client.reach(address, settings.timeoutMs);
    const isDown = new Promise<true>((resolve) => {
      client.node.onEvent((event) => {
        if (event.type === 'nodedown' && event.node === name) resolve(true);
      });
    });
    // The link may be lost before the answer is read: either tells that it stops.
    await Promise.race([call(control, STOP_REQUEST, { timeoutMs: settings.timeoutMs }), isDown]);
    await Promise.race([isDown, overdue(name, settings.timeoutMs)]);
    print(flag(parsed, 'json') ? JSON.stringify({ ok: true, node: name }) : `${name} has stopped`);
    return EXIT.ok;
  } catch (error) {
    const reason = reasonOf(error);
    if (flag(parsed, 'json')) print(JSON.stringify({ ok: false, error: reason }));
    complain(`parliament stop: ${reason}`);
    return EXIT.failed;
  } finally {
    await client.close();
  }
}

function overdue(name: string, timeoutMs: number): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new CommandError(`${name} is still there after ${timeoutMs} ms`)), timeoutMs).unref();
  });
}
