import { describe, expect, it } from '@jest/globals';
import { layOut } from '../src/batch.js';
import { recordBytes } from '../src/log-format.js';
import { type FoundRecord, judgeRest, type Rest, type SegmentScan, scanSegment } from '../src/scan-segment.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const HEADER = 64;
const LIMIT = 32 * MIB;

/** A segment that begins at `start`, as records are put into it. */
class Sketch {
  readonly start: number;
  readonly bytes: Buffer;
  previous = 77;
  end: number;

  constructor(size: number, start = 8008) {
    this.bytes = Buffer.alloc(size);
    this.start = start;
    this.end = start;
  }

  /** Puts a record at a position, written when all up to `synced` was; gives how many bytes it takes. */
  put(position: number, payloadBytes: number, synced: number): number {
    const payload = Buffer.alloc(payloadBytes, 0xee);
    const place = { position, synced, previous: this.previous };
    const size = recordBytes(payloadBytes);
    const { bytes, previous } = layOut([{ group: 3, records: [{ kind: 2, payload }] }], size, place);
    bytes.copy(this.bytes, HEADER + position - this.start);
    this.previous = previous;
    return size;
  }

  append(payloadBytes: number, synced = this.start): void {
    this.end += this.put(this.end, payloadBytes, synced);
  }

  at = (offset: number, length: number): Buffer | undefined =>
    offset + length > this.bytes.length ? undefined : this.bytes.subarray(offset, offset + length);

  get size(): number {
    return this.bytes.length;
  }
}

function run<Result>(work: Generator<undefined, Result>): { readonly result: Result; readonly pauses: number } {
  for (let pauses = 0; ; pauses += 1) {
    const step = work.next();
    if (step.done === true) return { result: step.value, pauses };
  }
}

function scan(
  sketch: Sketch,
  limit = LIMIT,
  previous = 77,
): SegmentScan & { found: [number, number][]; pauses: number } {
  const found: [number, number][] = [];
  const note = ({ position, payload, group, kind }: FoundRecord): void => {
    expect([group, kind]).toEqual([3, 2]);
    found.push([position, payload.length]);
  };
  const { result, pauses } = run(scanSegment(sketch, { start: sketch.start, previous }, limit, note));
  return { ...result, found, pauses };
}

const judge = (sketch: Sketch, end: number, limit = LIMIT): Rest =>
  run(judgeRest(sketch, sketch.start, end, limit)).result;

/** Changes the last byte of the payload that ends at a position, where the payload fills its words. */
function harm({ bytes, start }: Sketch, position: number): void {
  bytes.writeUInt8(0, HEADER + position - start - 1);
}

describe('a segment that is read', () => {
  it.each([0, 8, 24, 4096])('gives its records up to its end, with %i bytes of zeros behind them', (zeros) => {
    const sketch = new Sketch(HEADER + 24 + 40 + 32 + zeros);
    const synced = [sketch.start, sketch.start + 24, sketch.start + 8];
    for (const [index, bytes] of [0, 9, 8].entries()) sketch.append(bytes, synced[index]);
    const { start, end, previous } = sketch;
    const found = [
      [start, 0],
      [start + 24, 9],
      [start + 64, 8],
    ];
    expect(scan(sketch)).toEqual({ found, end, previous, synced: start + 24, flaw: undefined, pauses: 0 });
  });

  it('ends before a record that does not read well, and says why', () => {
    const make = (): Sketch => {
      const sketch = new Sketch(4096);
      sketch.append(16);
      return sketch;
    };
    const flawOf = (sketch: Sketch, limit?: number): string | undefined => {
      const { found, flaw, end } = scan(sketch, limit);
      expect(found).toEqual([[sketch.start, 16]]);
      expect(end).toBe(sketch.start + 40);
      return flaw;
    };
    const alone = make();
    alone.previous = 1;
    alone.append(16);
    expect(flawOf(alone)).toBe('it does not follow the record before it');
    const harmed = make();
    harmed.append(16);
    harm(harmed, harmed.end);
    expect(flawOf(harmed)).toBe('the checksum of its payload does not fit');
    const long = make();
    long.append(17);
    expect(flawOf(long, 16)).toBe('it has 17 bytes, where the limit is 16');
    expect(scan(long, 17).flaw).toBeUndefined();
    const cut = new Sketch(HEADER + 40 + 24 + 16);
    cut.append(16);
    cut.append(24);
    expect(flawOf(cut)).toBe('it is longer than its segment');
  });

  it('is read by itself where it does not follow what was before', () => {
    const sketch = new Sketch(4096);
    sketch.append(16);
    expect(scan(sketch, LIMIT, 78)).toMatchObject({ found: [], end: sketch.start, previous: 78, synced: sketch.start });
  });

  it('pauses now and then, and not at each record', () => {
    const sketch = new Sketch(12 * MIB);
    for (let count = 0; count < 100; count += 1) sketch.append(100 * KIB);
    const { pauses, found } = scan(sketch);
    expect(found).toHaveLength(100);
    expect(pauses).toBe(2);
  });
});

describe('what stands behind the end of a log', () => {
  function make(size = 256 * KIB): Sketch {
    const sketch = new Sketch(size);
    sketch.append(16);
    return sketch;
  }

  it('is nothing where there are zeros, or no room for a record', () => {
    for (const size of [HEADER + 40, HEADER + 40 + 8, HEADER + 40 + 24, 256 * KIB]) {
      const sketch = make(size);
      expect(judge(sketch, sketch.end)).toEqual({ damage: undefined, bytes: 0 });
    }
  });

  it('is an append that was torn, to the end of the last record of which there is a trace', () => {
    const sketch = make();
    const { end } = sketch;
    sketch.append(16, end);
    harm(sketch, sketch.end);
    expect(judge(sketch, end)).toEqual({ damage: undefined, bytes: 40 });
    sketch.append(100, end);
    expect(judge(sketch, end)).toEqual({ damage: undefined, bytes: 40 + 128 });
    // A gap between them.
    sketch.put(end + 1000, 8, end);
    expect(judge(sketch, end)).toEqual({ damage: undefined, bytes: 1032 });
  });

  it('is no more than the segment has', () => {
    const sketch = make(HEADER + 40 + 48);
    const { end } = sketch;
    sketch.append(100, end);
    expect(judge(sketch, end)).toEqual({ damage: undefined, bytes: 48 });
  });

  it.each([8, 16, 1000, 64 * KIB - 8, 64 * KIB, 64 * KIB + 8, 64 * KIB + 16, 128 * KIB, 256 * KIB - HEADER - 40 - 24])(
    'is damage when a record %i bytes behind it was written after what stands there was synced',
    (distance) => {
      const sketch = make();
      const { end } = sketch;
      sketch.put(end + distance, 0, end);
      expect(judge(sketch, end)).toEqual({ damage: undefined, bytes: distance + 24 });
      sketch.put(end + distance, 0, end + 8);
      const damage = `a later record, at position ${end + distance}, shows that it was synced`;
      expect(judge(sketch, end)).toEqual({ damage, bytes: 0 });
    },
  );

  it('is not judged by what is inside of a record, but by what comes next', () => {
    const sketch = make();
    const { end } = sketch;
    sketch.append(800, end);
    const behind = sketch.end;
    // As somebody's value may be.
    sketch.put(end + 400, 0, end + 8);
    expect(judge(sketch, end)).toEqual({ damage: undefined, bytes: 824 });
    sketch.put(behind, 0, end + 8);
    expect(judge(sketch, end).damage).toContain(`at position ${behind},`);
  });

  it('is damage when it is a whole record over the limit; not when that was torn', () => {
    const sketch = make();
    const { end } = sketch;
    sketch.append(16, end);
    expect(judge(sketch, end, 15)).toEqual({
      damage: 'it is intact, but has 16 bytes, where the limit is 15',
      bytes: 0,
    });
    expect(judge(sketch, end, 16)).toEqual({ damage: undefined, bytes: 40 });
    harm(sketch, sketch.end);
    expect(judge(sketch, end, 15)).toEqual({ damage: undefined, bytes: 40 });
  });

  it('is looked through with a pause now and then', () => {
    const sketch = make(5 * MIB);
    const { pauses } = run(judgeRest(sketch, sketch.start, sketch.end, LIMIT));
    expect(pauses).toBe(1);
  });
});
