// What nact uses of node:crypto: four random bytes as a number. See packages/remote/README.md.
exports.randomBytes = function randomBytes(count) {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(count));
  return { readUInt32BE: (offset = 0) => new DataView(bytes.buffer).getUint32(offset) };
};
