// What nact uses of node:assert. Let a bundler put it in its place: see packages/remote/README.md.
module.exports = function assert(value, message) {
  if (!value) throw new Error(message ?? 'an assertion of nact failed');
};
