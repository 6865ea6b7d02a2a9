// Runs in the page: a node without a listener, which dials the one in the address of the page.

import { call, cast, startActor, startSystem } from '@parliament/otp';
import { openNode } from '@parliament/remote';

const name = `page-${globalThis.crypto.randomUUID()}`;
const system = startSystem(name);
const node = await openNode(system, { name });
const server = await node.connect(location.hash.slice(1));
const board = await node.whereis(server, 'board');
if (board === undefined) throw new Error(`${server} has no board`);

const list = document.createElement('ul');
const input = document.createElement('input');
document.body.append(input, list);

const ear = await startActor(system, 'ear', {
  init: () => undefined,
  receive(_state, message) {
    const line = document.createElement('li');
    line.textContent = String(message);
    list.append(line);
  },
});

const pages = await call(board, { type: 'join', page: ear }, { timeoutMs: 30_000 });
cast(board, { type: 'say', text: `page ${pages} is here` });
input.addEventListener('change', () => {
  cast(board, { type: 'say', text: input.value });
  input.value = '';
});
