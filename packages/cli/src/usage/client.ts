import { CONNECTION_HELP, CONNECTION_OPTIONS, type Command } from '../command.js';

export const clientUsage: Command = {
  name: 'client',
  summary: 'serve requests from standard input, for other programs',
  help: `parliament client --node HOST:PORT [--node HOST:PORT]... [options]

Reads one JSON request a line from standard input, and answers each with one JSON line, in the order in which they are done:

  {"id":1,"op":"ask","key":"k","value":"v"}    {"id":1,"ok":true,"value":"v"}
  {"id":2,"op":"ask","key":"k"}                {"id":2,"ok":true,"value":"v"}, with null for "none is decided"
  {"id":3,"op":"status"}                       {"id":3,"ok":true,"status":{...}}
                                  on failure   {"id":1,"ok":false,"outcome":"not-applied"|"unknown","error":"..."}

Every request has an id: a string, or a number below 2^53. "timeoutMs" in a request sets its deadline. A field that is not known is
refused, and so is a line that is not UTF-8. Many requests may be outstanding. When a node fails, the next one is asked, until the
deadline; asking again is harmless, as a register takes its first value only.

  --node HOST:PORT     a node of the parliament; several: they are tried in this order; without: the variable PARLIAMENT_NODE
${CONNECTION_HELP}

At the end of the input it answers what is outstanding, and ends.
Exit status: 0 done; 1 failed; 2 called wrongly.`,
  options: { ...CONNECTION_OPTIONS, node: { type: 'string', multiple: true } },
  maxPositionals: 0,
  load: () => import('../commands/client.js'),
};
