import { CONNECTION_HELP, CONNECTION_OPTIONS, type Command } from '../command.js';

export const clientUsage: Command = {
  name: 'client',
  summary: 'serve requests from standard input, for other programs',
  help: `parliament client --node HOST:PORT [--node HOST:PORT]... [options]

Reads one JSON request a line from standard input, and answers each with one JSON line, in the order in which they are done:

  {"id":1,"op":"ask","key":"k","value":"v"}    {"id":1,"ok":true,"value":"v"}
  {"id":2,"op":"ask","key":"k"}                {"id":2,"ok":true,"value":"v"}, with null for "none is decided"
  {"id":3,"op":"status"}                       {"id":3,"ok":true,"status":{...}}
  {"id":4,"op":"put","key":"k","value":"v"}    {"id":4,"ok":true,"revision":5}
  {"id":5,"op":"get","key":"k"}                {"id":5,"ok":true,"value":"v","revision":5,"version":1}, or null and 0
  {"id":6,"op":"cas","key":"k","version":1,"value":"w"}   {"id":6,"ok":true,"swapped":true,"revision":6}
  {"id":7,"op":"delete","key":"k"}             {"id":7,"ok":true,"deleted":1,"revision":7}
                                  on failure   {"id":1,"ok":false,"outcome":"not-applied"|"unknown","error":"..."}

Of the key space there are also range, txn and compact: all fields of all requests stand in the README of the command. Keys and values
of it are strings, or {"base64":"..."} for bytes.

Every request has an id: a string, or a number below 2^53. "timeoutMs" in a request sets its deadline. A field that is not known is
refused, and so is a line that is not UTF-8. Many requests may be outstanding. When a node fails, the next one is asked, until the
deadline. That is harmless with reads, and with registers, which take their first value only. A write of the key space that may have
been applied is sent to no other node: its outcome is "unknown".

  --node HOST:PORT     a node of the parliament; several: they are tried in this order; without: the variable PARLIAMENT_NODE
${CONNECTION_HELP}

At the end of the input it answers what is outstanding, and ends.
Exit status: 0 done; 1 failed; 2 called wrongly.`,
  options: { ...CONNECTION_OPTIONS, node: { type: 'string', multiple: true } },
  maxPositionals: 0,
  load: () => import('../commands/client.js'),
};
