import { CallError, call, NodeError } from 'parliament';
import { clientSettings, openClient } from '../client-node.js';
import { CONNECTION_HELP, CONNECTION_OPTIONS, type Command } from '../command.js';
import { STOP_REQUEST } from '../control.js';
import { CommandError, EXIT, oneLine } from '../errors.js';
import { flag, parseAddress, requiredOption } from '../options.js';

export const stopCommand: Command = {
  name: 'stop',
  summary: 'stop a node cleanly',
  help: `parliament stop --node HOST:PORT [options]

Stops a node as Ctrl-C would, and waits until it is gone. What it voted stays on disk; it can be started again.

  --node HOST:PORT     the node that is to stop
${CONNECTION_HELP}

Exit status: 0 it has stopped; 1 failed; 2 called wrongly.`,
  options: { ...CONNECTION_OPTIONS, node: { type: 'string' } },
  maxPositionals: 0,
  async run(parsed) {
    const address = parseAddress(requiredOption(parsed, 'node', '127.0.0.1:7001'), 'node');
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
      console.log(flag(parsed, 'json') ? JSON.stringify({ ok: true, node: name }) : `${name} has stopped`);
      return EXIT.ok;
    } catch (error) {
      if (!(error instanceof CommandError || error instanceof CallError || error instanceof NodeError)) throw error;
      if (flag(parsed, 'json')) console.log(JSON.stringify({ ok: false, error: oneLine(error) }));
      console.error(`parliament stop: ${oneLine(error)}`);
      return EXIT.failed;
    } finally {
      await client.close();
    }
  },
};

function overdue(name: string, timeoutMs: number): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new CommandError(`${name} is still there after ${timeoutMs} ms`)), timeoutMs).unref();
  });
}
