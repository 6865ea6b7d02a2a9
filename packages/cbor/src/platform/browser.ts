/** The counterpart of platform/node.ts in a browser. */

export function allocate(count: number): Uint8Array {
  return new Uint8Array(count);
}
