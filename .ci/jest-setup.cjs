// Runs before every test file: the file fails on a rejection or an exception that nobody handles while it runs.
const unhandled = [];
const note = (error) => unhandled.push(error);

beforeAll(() => {
  process.on('unhandledRejection', note);
  process.on('uncaughtException', note);
});

afterAll(async () => {
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', note);
  process.off('uncaughtException', note);
  if (unhandled.length > 0) throw unhandled[0];
});
