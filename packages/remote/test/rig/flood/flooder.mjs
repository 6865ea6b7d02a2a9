// Floods a node in one way, until told to stop, or until it has done all.
import { ATTACKS } from './attacks.mjs';

const [name, port, connections] = process.argv.slice(2);
const tally = {};
let isOver = false;
process.on('message', () => {
  isOver = true;
});
process.on('disconnect', () => process.exit());
process.send?.({ begun: true });
await ATTACKS[name]({ port: Number(port), connections: Number(connections), tally, isOver: () => isOver });
process.send?.({ tally }, () => process.exit());
