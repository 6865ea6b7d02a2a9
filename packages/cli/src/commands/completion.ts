import type { Command, Group } from '../command.js';
import { EXIT, UsageError } from '../errors.js';
import { didYouMean } from '../nearest.js';
import type { Parsed } from '../options.js';
import { print } from '../output.js';

type Commands = readonly (Command | Group)[];

/** Prints the script for a shell. */
export async function complete({ positionals: [shell] }: Parsed, commands: Commands): Promise<number> {
  const write = SHELLS.get(shell ?? '');
  if (write === undefined) {
    const names = [...SHELLS.keys()];
    throw new UsageError(`give one of ${names.join(', ')}${shell === undefined ? '' : didYouMean(shell, names)}`);
  }
  print(write(commands));
  return EXIT.ok;
}

const SHELLS: ReadonlyMap<string, (commands: Commands) => string> = new Map([
  ['bash', forBash],
  ['zsh', forZsh],
  ['fish', forFish],
]);

/** What a shell calls the word behind a group, and whether the one that is completed stands behind that. */
interface Shell {
  readonly action: string;
  readonly isBehind: string;
}

const IN_BASH: Shell = { action: `\${COMP_WORDS[2]}`, isBehind: '[ "$COMP_CWORD" -gt 2 ]' };
const IN_ZSH: Shell = { action: '$words[3]', isBehind: '(( CURRENT > 3 ))' };

/** The branches of a shell's `case` by the command: what may stand behind it, its words and its options. */
function branches(commands: Commands, { action, isBehind }: Shell): string {
  const actions = (lines: readonly string[]): string =>
    `      ${isBehind} && case "${action}" in\n${lines.join('\n')}\n        *) offered='' ;;\n      esac ;;`;
  const lines = commands.map((command) => {
    if (!('commands' in command)) return `    ${command.name}) offered='${offered(command)}' ;;`;
    const inner = command.commands.map((each) => `        ${each.name}) offered='${offered(each)}' ;;`);
    return `    ${command.name}) offered='${namesOf(command.commands)} --help'\n${actions(inner)}`;
  });
  const groups = commands.filter((command) => 'commands' in command);
  const helped = groups.map(({ name, commands: inner }) => `        ${name}) offered='${namesOf(inner)}' ;;`);
  const help = `    help) offered='${namesOf(commands)}'\n${actions(helped)}`;
  return [...lines, help, `    *) offered='' ;;`].join('\n');
}

function namesOf(commands: Commands): string {
  return commands.map(({ name }) => name).join(' ');
}

/** What may stand behind a command. */
function offered({ words = [], options }: Command): string {
  return [...words, ...Object.keys(options).map((option) => `--${option}`), '--help'].join(' ');
}

function firstWords(commands: Commands): string {
  return `${namesOf(commands)} help --help --version`;
}

/** Where nothing else fits, files are offered. */
function forBash(commands: Commands): string {
  return `# parliament: completion for bash. Use it by: source <(parliament completion bash)
_parliament() {
  local offered
  if [ "$COMP_CWORD" -eq 1 ]; then
    offered='${firstWords(commands)}'
  else
    case "\${COMP_WORDS[1]}" in
${branches(commands, IN_BASH)}
    esac
  fi
  COMPREPLY=($(compgen -W "$offered" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _parliament parliament`;
}

function forZsh(commands: Commands): string {
  return `#compdef parliament
# parliament: completion for zsh. Use it by: source <(parliament completion zsh)
_parliament() {
  local offered
  if (( CURRENT == 2 )); then
    offered='${firstWords(commands)}'
  else
    case "$words[2]" in
${branches(commands, IN_ZSH)}
    esac
  fi
  compadd -- \${=offered}
  (( CURRENT == 2 )) || _files
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
compdef _parliament parliament`;
}

function forFish(commands: Commands): string {
  const quote = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`;
  const first = commands.map(
    ({ name, summary }) => `complete -c parliament -n __fish_use_subcommand -f -a ${name} -d ${quote(summary)}`,
  );
  const rest = commands.flatMap((command) => {
    const seen = `__fish_seen_subcommand_from ${command.name}`;
    if (!('commands' in command)) return forFishOf(command, seen);
    const names = namesOf(command.commands);
    return [
      `complete -c parliament -n '${seen}; and not __fish_seen_subcommand_from ${names}' -f -a '${names}'`,
      ...command.commands.flatMap((each) => forFishOf(each, `${seen}; and __fish_seen_subcommand_from ${each.name}`)),
    ];
  });
  const help = [
    `complete -c parliament -n __fish_use_subcommand -f -a help -d 'how a command is called'`,
    `complete -c parliament -n '__fish_seen_subcommand_from help' -f -a '${namesOf(commands)}'`,
    `complete -c parliament -n __fish_use_subcommand -l help`,
    `complete -c parliament -n __fish_use_subcommand -l version -s V`,
  ];
  return ['# parliament: completion for fish', ...first, ...rest, ...help].join('\n');
}

/** The words and options of a command, where this holds. */
function forFishOf({ words = [], options }: Command, condition: string): string[] {
  const here = `complete -c parliament -n '${condition}'`;
  const names = [...Object.entries(options), ['help', { type: 'boolean' }] as const];
  return [
    ...(words.length === 0 ? [] : [`${here} -a '${words.join(' ')}'`]),
    ...names.map(([option, { type }]) => `${here} -l ${option}${type === 'string' ? ' -r' : ''}`),
  ];
}
