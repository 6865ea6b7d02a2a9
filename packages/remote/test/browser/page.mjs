// Runs in a browser: a node without a listener, which dials the test's, tries everything, and tells the test's actor `report`.
import { call, Down, dispatch, exit, link, monitor, startActor, startSystem, trapExit } from '@parliament/otp';
import { openNode } from '@parliament/remote';
import nact from 'nact';

const [address, secret] = /** @type {any} */ (globalThis).location.hash.slice(1).split(',').map(decodeURIComponent);
const system = startSystem('page');
const node = await openNode(system, { name: 'page', ...(secret ? { secret } : {}) });
const peer = await node.connect(address);
const report = /** @type {import('@parliament/otp').Reference} */ (await node.whereis(peer, 'report'));
const told = [];

/** @type {import('@parliament/otp').Behaviour<number, any>} */
const keeper = {
  init: () => 0,
  receive(count, message, { sender }) {
    if (message instanceof Down) told.push(['down', message.reason]);
    else if (message?.type === 'EXIT') told.push(['exit', message.reason]);
    else if (sender) nact.dispatch(sender, { got: message });
    return count + 1;
  },
};
const inbox = /** @type {import('@parliament/otp').Reference} */ (await startActor(system, 'inbox', keeper));
trapExit(inbox, true);

// nact's own typings know only messages that are made of the reference to answer to.
const query = /** @type {(to: unknown, message: unknown, timeoutMs: number) => Promise<any>} */ (nact.query);

const until = async (condition) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
};

try {
  const echo = /** @type {import('@parliament/otp').Reference} */ (await node.whereis(peer, 'echo'));
  const everything = {
    bytes: Uint8Array.of(1, 2, 3),
    big: 12345678901234567890n,
    date: new Date(1),
    map: new Map([[1, new Set(['x'])]]),
    nothing: undefined,
    error: new RangeError('on purpose'),
    self: inbox,
  };
  const back = await query(echo, everything, 5000);
  told.push(['echo', back.big === everything.big, back.map.get(1).has('x'), back.error.message, 'nothing' in back]);
  const called = await call(back.self, 'oneself', { timeoutMs: 5000 });
  told.push(['reference', called.got]);
  const victim = /** @type {import('@parliament/otp').Reference} */ (await node.spawnAt(peer, 'victim'));
  monitor(inbox, victim);
  link(inbox, victim);
  exit(victim, { shutdown: 'enough' });
  await until(() => told.length === 4);
  let received = 0;
  const pong = Array.from({ length: 2000 }, (_, index) =>
    query(echo, index, 5000).then((each) => (received += each === index ? 1 : 0)),
  );
  await Promise.all(pong);
  told.push(['queries', received]);
  await openNode(startSystem('other'), { name: 'other', listen: '127.0.0.1:0' }).catch(({ code }) =>
    told.push(['listen', code]),
  );
} catch (error) {
  told.push(['failed', String(error), error?.stack]);
}
dispatch(report, told, inbox);
