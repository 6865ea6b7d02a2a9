// npm run check:api. See HELP.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';
import { published, root } from './packages.mjs';

const HELP = `npm run check:api [-- --write]

Holds the public API of each published package, as its compiled types have it, against packages/NAME/api.md: whoever changes it shows
that, and sees it in review. Types that are reachable and not exported are part of it.

  --write   writes the files anew
  --help    this text

Exit status: 0 they agree; 1 they do not, and it is told where; 2 called wrongly.`;

/** Below node_modules, which git ignores. */
const scratch = join(root, 'node_modules/.cache/api');

const options = { write: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } };

try {
  const { values } = parseArgs({ options });
  if (values.help) console.log(HELP);
  else process.exitCode = run(values.write) ? 0 : 1;
} catch (error) {
  if (!(error instanceof TypeError) || !String(error.code).startsWith('ERR_PARSE_ARGS')) throw error;
  console.error(`check:api: ${error.message}. See --help`);
  process.exitCode = 2;
}

function run(writes) {
  const stale = published
    // Whose API is written down has types: else package.json has lost them.
    .filter(({ folder, doors }) => doors.length > 0 || textIn(join(folder, 'api.md')) !== '')
    .filter((each) => {
      const file = join(each.folder, 'api.md');
      const before = textIn(file);
      const now = pageOf(each);
      if (before === now) return false;
      if (writes) writeFileSync(file, now);
      console[writes ? 'log' : 'error'](`${relative(root, file)}${writes ? '' : differenceOf(before, now)}`);
      return true;
    });
  if (stale.length === 0) console.log('every public API is as it is written down');
  else if (!writes) console.error('If it is meant to change: npm run check:api -- --write, and a line in CHANGELOG.md');
  return writes || stale.length === 0;
}

function pageOf({ name, folder, doors }) {
  const parts = doors.map(({ specifier, types }) => `## ${specifier}\n\n\`\`\`ts\n${apiOf(folder, types)}\n\`\`\`\n`);
  return `# The public API of ${name}\n\nWritten by \`npm run check:api -- --write\`: not to be edited.\n\n${parts.join('\n')}`;
}

/** The declarations of one door, by name, without comments. */
function apiOf(folder, types) {
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  const silent = { default: { logLevel: 'none' } };
  const config = ExtractorConfig.prepare({
    configObjectFullPath: join(scratch, 'api-extractor.json'),
    packageJsonFullPath: join(folder, 'package.json'),
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: join(folder, types),
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            ...{ target: 'es2022', module: 'nodenext', strict: true, skipLibCheck: true },
            ...{ types: ['node'], typeRoots: [join(root, 'node_modules/@types')] },
          },
          files: [join(folder, types)],
        },
      },
      apiReport: {
        ...{ enabled: true, includeForgottenExports: true },
        ...{ reportFileName: 'door', reportFolder: scratch, reportTempFolder: join(scratch, 'new') },
      },
      newlineKind: 'lf',
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: 'error' } },
        extractorMessageReporting: silent,
        tsdocMessageReporting: silent,
      },
    },
  });
  const troubles = [];
  Extractor.invoke(config, {
    localBuild: true,
    messageCallback(message) {
      message.handled = true;
      if (message.logLevel === 'error') troubles.push(message.formatMessageWithLocation(root));
    },
  });
  if (troubles.length > 0) throw new Error(`the types in ${folder} are not whole: ${troubles.join('\n')}`);
  return normalised(readFileSync(join(scratch, 'door.api.md'), 'utf8'));
}

/** What is between the fences, without comments: whether something is documented is not part of it. */
function normalised(report) {
  return report
    .replace(/^[\s\S]*?```ts\n/, '')
    .replace(/```\s*$/, '')
    .replaceAll(/\/\*\*[\s\S]*?\*\//g, '')
    .replaceAll(/^\s*\/\/.*$/gm, '')
    .replaceAll(/[ \t]+$/gm, '')
    .replaceAll(/\n{2,}/g, '\n')
    .replaceAll(/^(?=(export|abstract|class|const|enum|function|interface|namespace|type) )/gm, '\n')
    .trim();
}

function textIn(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return '';
  }
}

/** The lines that are only in one of them. */
function differenceOf(before, now) {
  const [old, fresh] = [before, now].map((text) => new Set(text.split('\n')));
  const only = (some, others, sign) =>
    [...some].filter((line) => !others.has(line)).map((line) => `\n  ${sign} ${line}`);
  return [' is not what the types are', ...only(old, fresh, '-'), ...only(fresh, old, '+')].join('');
}
