const { expect, it } = require('@jest/globals');
const { programsIn } = require('./paper-programs.mjs');

const PROGRAM = "import { ask } from 'parliament';\nawait ask();";
const block = (language, text) => `Text.\n\n\`\`\`${language}\n${text}\n\`\`\`\n`;

it('the programs of a paper are found, each with the line before it', () => {
  const text = block('js', PROGRAM) + block('ts', 'const piece = 1;') + block('', 'npm start') + block('ts', PROGRAM);
  expect(programsIn('README.md', text)).toEqual({
    programs: [
      { path: 'README.md', line: 3, text: PROGRAM },
      { path: 'README.md', line: 19, text: PROGRAM },
    ],
    faults: [],
  });
});

it.each([
  ['of another name', block('javascript', PROGRAM)],
  ['of no name', block('', PROGRAM)],
  ['of a name with more behind it', block('ts title="main.ts"', PROGRAM)],
  ['that is indented', block('ts', PROGRAM).replaceAll(/^/gm, '   ')],
])('a program in a block %s is told, since the compiler would not see it', (_, text) => {
  expect(programsIn('README.md', text)).toEqual({
    programs: [],
    faults: ['README.md:3: a program stands in a block of js or ts that is not indented'],
  });
});

it('a block without an end is told', () => {
  expect(programsIn('README.md', `\`\`\`ts\n${PROGRAM}`).faults).toEqual(['README.md:1: this block has no end']);
});
