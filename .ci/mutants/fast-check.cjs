// Properties that fail are not made smaller: that one has failed is all that is asked.

// By its path: jest gives this module for its name.
const fc = require('../../node_modules/fast-check/lib/cjs/fast-check.js');
fc.configureGlobal({ ...fc.readConfigureGlobal(), endOnFailure: true });
module.exports = fc;
