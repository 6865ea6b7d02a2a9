/** Bounds that users may change, as they are by default. */

/** Bytes of the longest value, in UTF-8, unless the parliament was given another limit. */
export const DEFAULT_VALUE_LIMIT_BYTES: number = 1024 * 1024;
