import type { Command, Group } from '../command.js';

/** @param commands those that are completed; this one is one of them. */
export function completionUsage(commands: () => readonly (Command | Group)[]): Command {
  return {
    name: 'completion',
    summary: 'print what lets a shell complete commands and options',
    help: `parliament completion bash|zsh|fish

Prints a script that lets a shell complete commands, what they do, and their options. To have it in every shell:

  bash   echo 'source <(parliament completion bash)' >> ~/.bashrc
  zsh    echo 'source <(parliament completion zsh)' >> ~/.zshrc
  fish   parliament completion fish > ~/.config/fish/completions/parliament.fish

  --help   this text

Exit status: 0 done; 2 called wrongly.`,
    options: {},
    words: ['bash', 'zsh', 'fish'],
    maxPositionals: 1,
    load: async () => {
      const { complete } = await import('../commands/completion.js');
      return { run: (parsed) => complete(parsed, commands()) };
    },
  };
}
