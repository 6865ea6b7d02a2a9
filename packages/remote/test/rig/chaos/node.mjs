// One node of the rig, a process of its own. Its actors send numbered messages to those of the other nodes, watch actors that they
// have spawned there, and look for what must not be; the rest goes to the parent, ten times a second.

import { createHash } from 'node:crypto';
import { call, dispatch, exit, register, startActor, startSystem, whenDown } from '../../../../otp/dist/index.js';
import { openNode } from '../../../dist/index.js';

const { name, listen, peers, others } = JSON.parse(process.argv[2]);
const SENDERS = 2;
const BURST = 5;
const TOLD_EVERY_MS = 100;
const FAULTS_TOLD = 3;
/** Much longer than it takes to find out that a link is lost. */
const DOWN_DUE_MS = 4000;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const count = (table, key) => {
  table[key] = (table[key] ?? 0) + 1;
};

const violations = [];
const told = { sent: 0, received: 0, lost: 0, monitors: 0, downs: {}, calls: {}, events: {} };
/** How often there was a link to a node: messages of one link must arrive without a gap. */
const linksTo = new Map();
const violate = (kind, ...details) => {
  told.violations = (told.violations ?? 0) + 1;
  if (violations.length < FAULTS_TOLD) violations.push([kind, ...details]);
};

const system = startSystem();
const node = await openNode(system, {
  name,
  listen,
  peers,
  secret: 'the secret of the rig, which is long enough',
  heartbeatMs: 100,
  downAfterMs: 400,
  reconnectMinMs: 10,
  reconnectMaxMs: 200,
  limits: { failedHandshakes: 1_000_000, handshakeMs: 1000 },
  spawn: {
    victim: () => ({
      init: () => 0,
      receive(state, message, context) {
        context.exit(message);
        return state;
      },
    }),
  },
  onEvent(event) {
    const detail = event.type === 'nodedown' ? `: ${event.reason}` : '';
    count(told.events, `${event.type}${detail}`);
    if (event.type === 'nodeup') linksTo.set(event.node, (linksTo.get(event.node) ?? 0) + 1);
  },
});

const checksum = ({ from, incarnation, actor, number, link, text }) =>
  createHash('md5')
    .update(JSON.stringify([from, incarnation, actor, number, link, text]))
    .digest('hex');

/** By sender: its last number, and over which of its links that came. */
const last = new Map();
/** @type {import('@parliament/otp').Behaviour<number, any>} */
const listening = {
  init: () => 0,
  receive(state, message) {
    told.received += 1;
    if (message.checksum !== checksum(message)) violate('changed', message);
    const sender = `${message.from}/${message.incarnation}/${message.actor}`;
    const before = last.get(sender);
    if (before !== undefined) {
      const missing = message.number - before.number - 1;
      if (missing < 0) violate('twice, or out of order', before, message);
      else if (missing > 0) {
        told.lost += missing;
        if (message.link === before.link) violate('lost without a lost link', before, message);
      }
    }
    last.set(sender, { number: message.number, link: message.link });
    return state;
  },
};
const sink = /** @type {import('@parliament/otp').Reference} */ (await startActor(system, 'sink', listening));
register('sink', sink);

async function sendTo(peer, actor) {
  const to = node.ref(peer, 'sink');
  const self = await startActor(system, actor, { init: () => 0, receive: (state) => state });
  for (let number = 0; ; ) {
    await pause(2);
    await node.drained(peer);
    if (!node.nodes().includes(peer)) continue;
    for (let burst = 0; burst < BURST; burst += 1) {
      const text = 'x'.repeat(number % 50);
      const message = { from: name, incarnation: node.incarnation, actor, number, link: linksTo.get(peer), text };
      dispatch(to, { ...message, checksum: checksum(message) }, self);
      number += 1;
      told.sent += 1;
    }
  }
}

/** Watches one actor to its end; then nobody may be there, whatever else has happened. `isToEnd`: it is told to end now. */
async function follow(victim, isToEnd) {
  told.monitors += 1;
  const overdue = () => violate('a monitor without its DOWN');
  const timer = isToEnd ? setTimeout(overdue, DOWN_DUE_MS) : undefined;
  const reason = await whenDown(victim);
  clearTimeout(timer);
  count(told.downs, typeof reason === 'string' ? reason : Object.keys(reason)[0]);
  if (reason === 'noconnection') return;
  const answer = await call(victim, 'normal', { timeoutMs: 5000 }).then(
    () => 'answered',
    ({ code }) => code,
  );
  count(told.calls, answer);
  if (answer !== 'noproc' && answer !== 'noconnection') violate('a call of the dead', answer, reason);
}

async function watchAt(peer) {
  for (let round = 0; ; round += 1) {
    await pause(20);
    const victim = await node.spawnAt(peer, 'victim', undefined, { timeoutMs: 1000 }).catch(() => undefined);
    if (victim === undefined) continue;
    // Some live on, until their node is lost.
    const isToEnd = round % 10 !== 0;
    void follow(victim, isToEnd);
    if (!isToEnd) continue;
    if (round % 3 === 0) exit(victim, { shutdown: 'enough' });
    else dispatch(victim, 'normal');
  }
}

/** A reference to an actor of a node's earlier life must lead to nobody. */
async function rememberOf(peer) {
  let remembered;
  let incarnation;
  for (;;) {
    await pause(50);
    const now = node.peers().find((each) => each.name === peer);
    if (now?.state !== 'connected') continue;
    if (remembered !== undefined && incarnation !== now.incarnation) {
      const answer = await call(remembered, 'x', { timeoutMs: 5000 }).then(
        () => 'answered',
        ({ code }) => code,
      );
      count(told.calls, `of an earlier life: ${answer}`);
      if (answer !== 'noproc' && answer !== 'noconnection') violate('an actor of an earlier life', answer);
      remembered = undefined;
    }
    if (remembered === undefined) {
      const found = await node.whereis(peer, 'sink', { timeoutMs: 1000 }).catch(() => undefined);
      remembered = found;
      incarnation = /** @type {{ readonly incarnation?: string } | undefined} */ (found)?.incarnation;
    }
  }
}

for (const peer of others) {
  for (let index = 0; index < SENDERS; index += 1) void sendTo(peer, `sender-${peer}-${index}`);
  void watchAt(peer);
  void rememberOf(peer);
}
setInterval(() => process.send?.({ ...told, found: violations, nodes: node.nodes() }), TOLD_EVERY_MS);
process.on('disconnect', () => process.exit());
process.send?.({ ready: true });
