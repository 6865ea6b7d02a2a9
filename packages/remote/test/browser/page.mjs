// Runs in a browser: a node without a listener, which dials the test's, tries everything, and tells the test's actor `report`.
import { call, Down, exit, link, monitor, startActor, startSystem, trapExit } from '@parliament/otp';
import { openNode } from '@parliament/remote';
import nact from 'nact';

const [address, secret] = location.hash.slice(1).split(',').map(decodeURIComponent);
const system = startSystem('page');
const node = await openNode(system, { name: 'page', ...(secret ? { secret } : {}) });
const peer = await node.connect(address);
const report = await node.whereis(peer, 'report');
const told = [];

const inbox = await startActor(system, 'inbox', {
  init: () => 0,
  receive(count, message, { sender }) {
    if (message instanceof Down) told.push(['down', message.reason]);
    else if (message?.type === 'EXIT') told.push(['exit', message.reason]);
    else if (sender) nact.dispatch(sender, { got: message });
    return count + 1;
  },
});
trapExit(inbox, true);

const until = async (condition) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
};

try {
  const echo = await node.whereis(peer, 'echo');
  const everything = {
    bytes: Uint8Array.of(1, 2, 3),
    big: 12345678901234567890n,
    date: new Date(1),
    map: new Map([[1, new Set(['x'])]]),
    nothing: undefined,
    error: new RangeError('on purpose'),
    self: inbox,
  };
  const back = await nact.query(echo, everything, 5000);
  told.push(['echo', back.big === everything.big, back.map.get(1).has('x'), back.error.message, 'nothing' in back]);
  const called = await call(back.self, 'oneself', { timeoutMs: 5000 });
  told.push(['reference', called.got]);
  const victim = await node.spawnAt(peer, 'victim');
  monitor(inbox, victim);
  link(inbox, victim);
  exit(victim, { shutdown: 'enough' });
  await until(() => told.length === 4);
  let received = 0;
  const pong = Array.from({ length: 2000 }, (_, index) =>
    nact.query(echo, index, 5000).then((each) => (received += each === index ? 1 : 0)),
  );
  await Promise.all(pong);
  told.push(['queries', received]);
  await openNode(startSystem('other'), { name: 'other', listen: '127.0.0.1:0' }).catch(({ code }) =>
    told.push(['listen', code]),
  );
} catch (error) {
  told.push(['failed', String(error), error?.stack]);
}
nact.dispatch(report, told, inbox);
