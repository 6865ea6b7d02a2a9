/**
 * Versions of the protocol of proto/frame.proto. Two nodes use the newest that both speak. A version is new when a node of the
 * version before could not read what is sent; golden frames of each are kept in test/golden.
 */
export const NEWEST_VERSION = 1;
export const OLDEST_VERSION = 1;
