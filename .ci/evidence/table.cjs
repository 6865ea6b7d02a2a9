// The table at the end.

/** A row for each, and the counts; `seconds` is how long all of it took. */
function tableOf(results, seconds) {
  const width = Math.max(...results.map(({ name }) => name.length));
  const rows = results.map(({ name, verdict, did, seconds: took }) =>
    [name.padEnd(width), verdict.padEnd(7), `${took.toFixed(0).padStart(5)} s`, did].join(' | '),
  );
  const counted = (verdict) => `${results.filter((each) => each.verdict === verdict).length} ${verdict}`;
  const counts = ['passed', 'failed', 'skipped'].map(counted).join(', ');
  return [...rows, `evidence: ${counts}, in ${seconds.toFixed(0)} s`].join('\n');
}

module.exports = { tableOf };
