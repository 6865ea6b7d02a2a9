/** Plain data: copied, written as text, and compared. The states of the roles are nothing else. */

/** A deep copy of plain data, with maps, sets and bytes: a learner puts a snapshot together in place. */
export function copyOf<Data>(data: Data): Data {
  return copy(data) as Data;
}

function copy(data: unknown): unknown {
  if (typeof data !== 'object' || data === null) return data;
  if (data instanceof Uint8Array) return new Uint8Array(data);
  if (Array.isArray(data)) return data.map(copy);
  if (data instanceof Map) return new Map([...data].map(([key, value]) => [key, copy(value)]));
  if (data instanceof Set) return new Set(data);
  const copied: Record<string, unknown> = {};
  for (const key of Object.keys(data)) copied[key] = copy((data as Record<string, unknown>)[key]);
  return copied;
}

/** The same text for the same data, whatever the order in which maps and sets were filled; different for different data. */
export function textOf(data: unknown): string {
  if (data === undefined) return '_';
  if (typeof data === 'number' || typeof data === 'boolean' || data === null) return String(data);
  if (typeof data === 'string') return JSON.stringify(data);
  if (data instanceof Uint8Array) return `#${data.join('.')}`;
  if (Array.isArray(data)) return `[${data.map(textOf).join(',')}]`;
  if (data instanceof Map) {
    const entries = [...data].map(([key, value]) => `${textOf(key)}>${textOf(value)}`);
    return `m{${entries.sort().join(',')}}`;
  }
  if (data instanceof Set) return `s{${[...data].map(textOf).sort().join(',')}}`;
  const record = data as Record<string, unknown>;
  const fields = Object.keys(record).sort();
  return `{${fields.map((key) => `${key}:${textOf(record[key])}`).join(',')}}`;
}
