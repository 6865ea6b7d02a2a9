/** What this package asks of Node.js. In a browser platform/browser.ts stands in its place; see "imports" in package.json. */

/** Bytes that may hold anything. */
export function allocate(count: number): Uint8Array {
  return Buffer.allocUnsafe(count);
}
