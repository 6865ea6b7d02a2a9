/** What the compiler promises users: never run, compiled from the sources and again from what is shipped (npm run check:package). */

import {
  BIGINT_BITS_MAX,
  type Cbor,
  type CborError,
  type CborErrorCode,
  type CborOptions,
  createCbor,
  DEPTH_MAX,
  type References,
  WORK_MAX,
} from '@parliament/cbor';
import { expectTypeOf } from 'expect-type';

expectTypeOf(createCbor()).toEqualTypeOf<Cbor>();
expectTypeOf<Cbor['encode']>().toBeCallableWith(undefined);
expectTypeOf<Cbor['encode']>().toBeCallableWith({}, 'command');
expectTypeOf<Cbor['encode']>().returns.toEqualTypeOf<Uint8Array>();
expectTypeOf<Cbor['decode']>().returns.toBeUnknown();
expectTypeOf(createCbor).parameter(0).toEqualTypeOf<CborOptions | undefined>();
expectTypeOf([BIGINT_BITS_MAX, DEPTH_MAX, WORK_MAX]).toEqualTypeOf<number[]>();
expectTypeOf<CborErrorCode>().toEqualTypeOf<'unencodable' | 'too-large' | 'malformed'>();
expectTypeOf<CborError['culprit']>().toEqualTypeOf<string | undefined>();

const references: References = {
  isReference: (value) => value instanceof URL,
  encode: (value) => new TextEncoder().encode(String(value)),
  decode: (content) => new URL(String(content)),
};
createCbor({ references, flattensClasses: true, workMax: Number.POSITIVE_INFINITY });

// @ts-expect-error What is decoded may be anything: it is to be looked at first.
createCbor().decode(new Uint8Array(1)).field;
// @ts-expect-error Bytes only.
createCbor().decode('text');
// @ts-expect-error No such option.
createCbor({ workMacks: 1 });
// @ts-expect-error References come out by something, too.
createCbor({ references: { isReference: () => false, encode: () => new Uint8Array(0) } });
