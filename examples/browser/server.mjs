// A node, and a web page that is a node too: what is said in one page is shown in all.
// Usage: node server.mjs          (then open the address that it prints, in two windows)

import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { Down, genServer, startActor, startSystem, stopSystem } from '@parliament/otp';
import { openNode } from '@parliament/remote';
import { build } from 'esbuild';

/** @typedef {import('@parliament/otp').Reference} Reference */
/** @typedef {import('@parliament/otp').Request<'join', { page: Reference }, number>} Join */
/** @typedef {{ type: 'say', text: string }} Say */
/** @typedef {Map<import('@parliament/otp').Monitor, Reference>} Pages */

// Two functions of Node.js that nact needs, as the browser has them.
const alias = { assert: '@parliament/otp/browser/assert', crypto: '@parliament/otp/browser/crypto' };
const entry = fileURLToPath(new URL('page.mjs', import.meta.url));
const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: 'esm', write: false, alias });
const script = outputFiles[0]?.text ?? '';

/** @type {import('@parliament/otp').GenServer<Pages, Join, Say>} */
const callbacks = {
  init: () => ({ state: new Map() }),
  handleCall: {
    // The reference came with the message, and leads back to the page.
    join({ page }, _from, pages, context) {
      pages.set(context.monitor(page), page);
      console.log(`pages: ${pages.size}`);
      return { reply: pages.size, state: pages };
    },
  },
  handleCast: {
    say({ text }, pages, context) {
      // It comes from elsewhere: anything may be in it.
      if (typeof text !== 'string') return { state: pages };
      console.log(`said: ${text}`);
      for (const page of pages.values()) context.dispatch(page, text);
      return { state: pages };
    },
  },
  handleInfo(message, pages) {
    // The window was closed, or its network is gone.
    if (message instanceof Down && pages.delete(message.monitor)) console.log(`pages: ${pages.size}`);
    return { state: pages };
  },
};

const web = createServer((request, response) => {
  const isScript = request.url === '/page.js';
  response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
  response.end(isScript ? script : '<!doctype html><title>Board</title><script type="module" src="/page.js"></script>');
}).listen(0, '127.0.0.1');
await once(web, 'listening');
const origin = `http://127.0.0.1:${portOf(web.address())}`;

const system = startSystem('server');
await startActor(system, 'board', genServer(callbacks), { registeredName: 'board' });
const node = await openNode(system, { name: 'server', listen: '127.0.0.1:0', origins: [origin] });
console.log(`open ${origin}/#127.0.0.1:${node.address?.port}`);

process.once('SIGTERM', stop).once('SIGINT', stop);

async function stop() {
  web.closeAllConnections();
  web.close();
  await node.close();
  await stopSystem(system);
}

/** @param {ReturnType<typeof web.address>} address */
function portOf(address) {
  return typeof address === 'object' ? address?.port : address;
}
