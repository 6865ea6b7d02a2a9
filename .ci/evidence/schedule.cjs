// Entries by their turn, as many at a time as there are places for.

/** Runs all of them; those that come later do not overtake those that wait for more places. */
async function runAll(entries, places, run) {
  let free = places;
  let wake = () => {};
  const going = [];
  for (const entry of entries) {
    const takes = Math.min(entry.places ?? places, places);
    while (free < takes) {
      await new Promise((resolve) => {
        wake = resolve;
      });
    }
    free -= takes;
    const giveBack = () => {
      free += takes;
      wake();
    };
    going.push(run(entry).finally(giveBack));
  }
  return Promise.all(going);
}

module.exports = { runAll };
