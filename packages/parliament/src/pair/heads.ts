/**
 * What is said to registers and to `kv`, told from one another. Registers came first, and have no head: what logs of before hold is
 * theirs as it stands.
 */

/** Before commands and queries to `kv`. Those to registers are messages of protobuf, none of which begins with it. */
const TO_KV = 0x00;

/** Before replies and answers of `kv`. Those of registers are UTF-8, or messages of protobuf: neither begins with it. */
const OF_KV = 0xff;

/** A command or a query to `kv`, as the pair takes it. */
export function toKv(said: Uint8Array): Uint8Array {
  return withHead(TO_KV, said);
}

/** The command or the query, if these bytes are one to `kv`. */
export function saidToKv(bytes: Uint8Array): Uint8Array | undefined {
  return bytes[0] === TO_KV ? bytes.subarray(1) : undefined;
}

/** A reply or an answer of `kv`, as the pair gives it. */
export function ofKv(said: Uint8Array): Uint8Array {
  return withHead(OF_KV, said);
}

/** The reply or the answer, if these bytes are one of `kv`. */
export function saidByKv(bytes: Uint8Array): Uint8Array | undefined {
  return bytes[0] === OF_KV ? bytes.subarray(1) : undefined;
}

function withHead(head: number, said: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(said.length + 1);
  bytes[0] = head;
  bytes.set(said, 1);
  return bytes;
}
