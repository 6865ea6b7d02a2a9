import type { Command } from '../command.js';
import { EXIT, UsageError } from '../errors.js';
import { didYouMean } from '../nearest.js';
import type { Parsed } from '../options.js';
import { print } from '../output.js';

/** Prints the script for a shell. */
export async function complete({ positionals: [shell] }: Parsed, commands: readonly Command[]): Promise<number> {
  const write = SHELLS.get(shell ?? '');
  if (write === undefined) {
    const names = [...SHELLS.keys()];
    throw new UsageError(`give one of ${names.join(', ')}${shell === undefined ? '' : didYouMean(shell, names)}`);
  }
  print(write(commands));
  return EXIT.ok;
}

const SHELLS: ReadonlyMap<string, (commands: readonly Command[]) => string> = new Map([
  ['bash', forBash],
  ['zsh', forZsh],
  ['fish', forFish],
]);

/** The branches of a shell's `case` by the command: what may stand behind it, its words and its options. */
function branches(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const lines = commands.map(({ name, words = [], options }) => {
    const offered = [...words, ...Object.keys(options).map((option) => `--${option}`), '--help'];
    return `    ${name}) offered='${offered.join(' ')}' ;;`;
  });
  return [...lines, `    help) offered='${names}' ;;`, `    *) offered='' ;;`].join('\n');
}

function firstWords(commands: readonly Command[]): string {
  return [...commands.map(({ name }) => name), 'help', '--help', '--version'].join(' ');
}

/** Where nothing else fits, files are offered. */
function forBash(commands: readonly Command[]): string {
  return `# parliament: completion for bash. Use it by: source <(parliament completion bash)
_parliament() {
  local offered
  if [ "$COMP_CWORD" -eq 1 ]; then
    offered='${firstWords(commands)}'
  else
    case "\${COMP_WORDS[1]}" in
${branches(commands)}
    esac
  fi
  COMPREPLY=($(compgen -W "$offered" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _parliament parliament`;
}

function forZsh(commands: readonly Command[]): string {
  return `#compdef parliament
# parliament: completion for zsh. Use it by: source <(parliament completion zsh)
_parliament() {
  local offered
  if (( CURRENT == 2 )); then
    offered='${firstWords(commands)}'
  else
    case "$words[2]" in
${branches(commands)}
    esac
  fi
  compadd -- \${=offered}
  (( CURRENT == 2 )) || _files
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
compdef _parliament parliament`;
}

function forFish(commands: readonly Command[]): string {
  const quote = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`;
  const first = commands.map(
    ({ name, summary }) => `complete -c parliament -n __fish_use_subcommand -f -a ${name} -d ${quote(summary)}`,
  );
  const rest = commands.flatMap(({ name, words = [], options }) => {
    const here = `complete -c parliament -n '__fish_seen_subcommand_from ${name}'`;
    const names = [...Object.entries(options), ['help', { type: 'boolean' }] as const];
    return [
      ...(words.length === 0 ? [] : [`${here} -a '${words.join(' ')}'`]),
      ...names.map(([option, { type }]) => `${here} -l ${option}${type === 'string' ? ' -r' : ''}`),
    ];
  });
  const help = [
    `complete -c parliament -n __fish_use_subcommand -f -a help -d 'how a command is called'`,
    `complete -c parliament -n '__fish_seen_subcommand_from help' -f -a '${commands.map(({ name }) => name).join(' ')}'`,
    `complete -c parliament -n __fish_use_subcommand -l help`,
    `complete -c parliament -n __fish_use_subcommand -l version -s V`,
  ];
  return ['# parliament: completion for fish', ...first, ...rest, ...help].join('\n');
}
