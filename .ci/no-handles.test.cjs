const { spawnSync } = require('node:child_process');
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { basename, join } = require('node:path');
const { afterAll, expect, it } = require('@jest/globals');

/** What a file of tests may leave behind, by what is said of it. All of it ends by itself after a time. */
const LEFT = {
  'a timer of 20000 ms': 'setTimeout(() => {}, 20000).unref().ref()',
  'a timer of 200 ms': 'setInterval(() => {}, 200)',
  TCPServerWrap: "require('node:net').createServer().listen(0)",
  'PipeWrap at a path': "require('node:net').createServer().listen(require('node:path').join(__dirname, 'socket'))",
  UDPWrap: "require('node:dgram').createSocket('udp4').bind(0)",
  ProcessWrap: "require('node:child_process').spawn('sleep', ['3'], { stdio: 'ignore' })",
  'a thread': "new (require('node:worker_threads').Worker)('setTimeout(() => {}, 3000)', { eval: true })",
  MessagePort: "new MessageChannel().port1.on('message', () => {})",
  Immediate: 'const again = () => setImmediate(again); again()',
};

const folder = mkdtempSync(join(tmpdir(), 'no-handles-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('a file of tests that leaves anything behind fails, and one that does not passes', () => {
  const write = (name, code) =>
    writeFileSync(join(folder, `${name}.test.js`), `it('passes', async () => { ${code} });`);
  write('nothing', "const server = require('node:net').createServer().listen(0); server.close()");
  for (const [index, code] of Object.values(LEFT).entries()) write(`left-${index}`, code);
  const report = join(folder, 'report');
  const config = { rootDir: folder, testEnvironment: join(__dirname, 'no-handles.cjs'), transform: {}, maxWorkers: 2 };
  const jest = join(__dirname, '../node_modules/jest/bin/jest.js');
  spawnSync(process.execPath, [
    jest,
    '--config',
    JSON.stringify(config),
    '--forceExit',
    '--json',
    '--outputFile',
    report,
  ]);
  const said = new Map(
    JSON.parse(readFileSync(report, 'utf8')).testResults.map(({ name, message }) => [
      basename(name, '.test.js'),
      message,
    ]),
  );
  expect(said.get('nothing')).toBe('');
  for (const [index, what] of Object.keys(LEFT).entries()) {
    expect(said.get(`left-${index}`)).toMatch('the tests leave behind what keeps a process alive: ');
    expect(said.get(`left-${index}`)).toMatch(what.split(' at ')[0]);
  }
});
