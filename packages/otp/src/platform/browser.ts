/** The counterpart of platform/node.ts in a browser. */

// nact handles each message in a turn of the event loop of its own, by Node's setImmediate, which browsers do not have. A
// message to oneself comes about as soon; a timer would wait for milliseconds.
const turns: { setImmediate?: unknown; clearImmediate?: unknown } = globalThis;

/** The part of the browser's MessagePort that is used here. */
interface Port {
  onmessage: (event: { readonly data: number }) => void;
  postMessage(data: number): void;
}

if (turns.setImmediate === undefined) {
  const due = new Map<number, () => void>();
  const { port1, port2 } = new MessageChannel() as unknown as Record<'port1' | 'port2', Port>;
  let last = 0;
  port1.onmessage = ({ data }) => {
    const callback = due.get(data);
    due.delete(data);
    callback?.();
  };
  turns.setImmediate = (callback: (...values: unknown[]) => void, ...values: unknown[]): number => {
    last += 1;
    due.set(last, () => callback(...values));
    port2.postMessage(last);
    return last;
  };
  turns.clearImmediate = (id: number): boolean => due.delete(id);
}

export function show(value: unknown): string {
  return typeof value === 'object' ? (JSON.stringify(value) ?? String(value)) : String(value);
}

export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

export function warn(message: string, detail: string | undefined): void {
  console.warn(detail === undefined ? message : `${message}: ${detail}`);
}

export function report(text: string): void {
  console.error(text);
}

/** A page ends when it is closed. */
export function keepAlive(_timer: unknown, _keeps: boolean): void {}

/** Nor is its end told of in time to write to the console. */
export function onExit(_callback: () => void): () => void {
  return () => {};
}
