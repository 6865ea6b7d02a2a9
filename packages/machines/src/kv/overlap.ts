import { textOf } from './bytes.js';
import { KvError } from './errors.js';
import { isIn, type Span, spanOf } from './range.js';
import type { Operation } from './requests.js';

interface Writes {
  readonly puts: ReadonlySet<string>;
  readonly deletes: readonly Span[];
}

/**
 * Refuses steps that could change one key twice in one way through their branches: two puts of it, or a put and a deletion, whichever
 * comes first. So a key changes once at most at a revision. Two deletions may overlap: the second finds nothing.
 */
export function checkOverlap(operations: readonly Operation[]): Writes {
  const puts = new Set<string>();
  const deletes: Span[] = [];
  for (const operation of operations) {
    const writes = writesOf(operation);
    for (const key of writes.puts) {
      if (puts.has(key) || deletes.some((span) => isIn(span, key))) throw duplicate();
    }
    for (const span of writes.deletes) {
      for (const key of puts) if (isIn(span, key)) throw duplicate();
    }
    for (const key of writes.puts) puts.add(key);
    deletes.push(...writes.deletes);
  }
  return { puts, deletes };
}

function writesOf(operation: Operation): Writes {
  switch (operation.type) {
    case 'range':
      return { puts: new Set(), deletes: [] };
    case 'put':
      return { puts: new Set([textOf(operation.key)]), deletes: [] };
    case 'delete':
      return { puts: new Set(), deletes: [spanOf(operation)] };
    case 'txn': {
      // Only one of both branches is taken, whichever it is: what is in both does not collide.
      const yes = checkOverlap(operation.then ?? []);
      const no = checkOverlap(operation.else ?? []);
      return { puts: new Set([...yes.puts, ...no.puts]), deletes: [...yes.deletes, ...no.deletes] };
    }
  }
}

function duplicate(): KvError {
  return new KvError(
    'duplicate-key',
    'a key may be changed once only in a transaction: it is put twice, or put and deleted',
  );
}
