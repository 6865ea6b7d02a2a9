import { NodeError, type RefusalCode } from '../errors.js';

/** Refusal codes by their number on the wire. A number is never used again for something else. */
const NUMBERS: ReadonlyMap<RefusalCode, number> = new Map<RefusalCode, number>([
  ['version', 1],
  ['wrong-cluster', 2],
  ['wrong-secret', 3],
  ['wrong-node', 4],
  ['self', 5],
  ['name-taken', 6],
  ['duplicate', 7],
  ['too-many', 8],
  ['wrong-certificate', 9],
]);

const CODES: ReadonlyMap<number, RefusalCode> = new Map([...NUMBERS].map(([code, number]) => [number, code]));

export function refusalNumber(code: RefusalCode): number {
  return NUMBERS.get(code) as number;
}

/** The code of a number from the wire; undefined when there is none. */
export function refusalCode(number: number): RefusalCode | undefined {
  return CODES.get(number);
}

/** A refusal as an error whose message tells what to do. `peer` is the name or the address of the other node. */
export function refusalError(code: RefusalCode, self: string, peer: string): NodeError {
  return new NodeError(code, sentence(code, self, peer));
}

function sentence(code: RefusalCode, self: string, peer: string): string {
  switch (code) {
    case 'version':
      return `${peer} speaks no version of the protocol that this node speaks: bring the older node to a release of @parliament/remote that does`;
    case 'wrong-cluster':
      return `${peer} belongs to another cluster: give both nodes the same cluster, or correct the address`;
    case 'wrong-secret':
      return `${peer} does not have the same secret: give both nodes the same secret, or neither`;
    case 'wrong-node':
      return `${peer} is not the node that was expected at its address: correct the name or the address`;
    case 'self':
      return `${peer} is this node itself: take its own address out of its peers`;
    case 'name-taken':
      return `a live node already has the name of the newcomer (between ${self} and ${peer}): give each node a name of its own, or stop the other one`;
    case 'duplicate':
      return `a link between ${self} and ${peer} exists already`;
    case 'wrong-certificate':
      return `${peer} showed no certificate for its name: give it one whose DNS name is the name of the node, signed by the authority of the cluster`;
    case 'too-many':
      return `${peer} has as many connections or peers as its limits allow: close some, or raise its limits`;
  }
}
