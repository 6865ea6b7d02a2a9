// One of three nodes of a web service. PUT /color decides a value for ever, GET /color tells it: whichever node is asked.
// Usage: node service.mjs a|b|c [PORT [DIRECTORY [NODES]]]

import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { AskError, ask, openNode, spawnParliament, startSystem, stopParliament } from 'parliament';

const ports = { a: '8101', b: '8102', c: '8103' };
const name = /** @type {keyof typeof ports} */ (process.argv[2] ?? 'a');
const [port = ports[name], directory = `./data-${name}`] = process.argv.slice(3);
/** Where the nodes listen for one another. */
const nodes = process.argv[5] ?? 'a=127.0.0.1:7101,b=127.0.0.1:7102,c=127.0.0.1:7103';
const addresses = nodes.split(',').map((each) => each.split('=', 2));
/** @type {Record<string, string>} */
const { [name]: listen = '', ...peers } = Object.fromEntries(addresses);

const system = startSystem(name);
const node = await openNode(system, { name, listen, peers });
const registers = await spawnParliament(system, 'registers', {
  member: Object.keys(ports).indexOf(name),
  members: { 0: 'a', 1: 'b', 2: 'c' },
  directory,
});

const server = createServer(async (request, response) => {
  const key = decodeURIComponent(request.url?.slice(1) ?? '');
  try {
    const put = request.method === 'PUT' ? await text(request) : undefined;
    const value = await ask(registers, key, put, { timeoutMs: 30_000 });
    response.writeHead(value === undefined ? 404 : 200).end(value);
  } catch (error) {
    const [code, outcome] = error instanceof AskError ? [error.code, error.outcome] : ['failed', 'unknown'];
    // What is wrong with the request is the client's affair; all else may work on another node.
    response.writeHead(code === 'bad-request' ? 400 : 503).end(`${code}, ${outcome}`);
  }
});
server.listen(Number(port), '127.0.0.1', () => console.log(`${name} listens on http://127.0.0.1:${port}`));

process.once('SIGTERM', stop).once('SIGINT', stop);

async function stop() {
  server.close();
  await stopParliament(registers);
  await node.close();
}
