export { BIGINT_BITS_MAX } from './bigint.js';
export { type Cbor, createCbor, DEPTH_MAX } from './cbor.js';
export { CborError, type CborErrorCode } from './errors.js';
export type { CborOptions, References } from './options.js';
export { WORK_MAX } from './work.js';
