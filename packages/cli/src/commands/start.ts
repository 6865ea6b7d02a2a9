import {
  assignMembers,
  finished,
  type Members,
  type Node,
  onCrash,
  openNode,
  type Reference,
  spawnParliament,
  startSystem,
  stopParliament,
} from 'parliament';
import { REGISTERS } from '../client-node.js';
import { spawnControl } from '../control.js';
import { CommandError, EXIT, oneLine, reasonOf, UsageError } from '../errors.js';
import { flag, listOption, optionOrVariable, type Parsed, requiredOption, stringOption } from '../options.js';
import { openReporter, type Reporter } from '../reporter.js';
import { readSecret } from '../secret-file.js';
import { type Peer, parseAddress, parseMember, parseName, parsePeer } from '../values.js';

export async function run(parsed: Parsed): Promise<number> {
  const reporter = openReporter(flag(parsed, 'json'));
  let settings: NodeSettings;
  try {
    settings = readSettings(parsed);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    reporter.failed(reasonOf(error));
    return EXIT.failed;
  }
  return runNode(settings, reporter);
}

interface NodeSettings {
  readonly name: string;
  readonly listen: string;
  readonly data: string;
  readonly cluster: string;
  readonly secret: string | undefined;
  readonly members: Members;
  readonly peers: Readonly<Record<string, string>>;
  readonly allowCrash: boolean;
}

function readSettings(parsed: Parsed): NodeSettings {
  const name = parseName(requiredOption(parsed, 'name', 'a'));
  const member = stringOption(parsed, 'member');
  const peers: Peer[] = listOption(parsed, 'peer').map((each) => parsePeer(each));
  const self = { name, ...(member === undefined ? {} : { member: parseMember({ text: member, as: '--member' }) }) };
  let members: Members;
  try {
    // A node alone may have any id; otherwise ids follow the names unless they are given.
    members = peers.length === 0 ? { [self.member ?? 0]: name } : assignMembers(self, peers);
  } catch (error) {
    throw new UsageError(oneLine(error));
  }
  return {
    name,
    members,
    listen: parseAddress(requiredOption(parsed, 'listen', '127.0.0.1:7001'), 0),
    data: requiredOption(parsed, 'data', `./data-${name}`).text,
    cluster: parseName({ text: stringOption(parsed, 'cluster') ?? 'parliament', as: '--cluster' }),
    secret: readSecret(optionOrVariable(parsed, 'secret-file')),
    peers: Object.fromEntries(peers.map((peer) => [peer.name, peer.address])),
    allowCrash: flag(parsed, 'allow-crash'),
  };
}

/** How a node came to its end. */
type End = { readonly ok: true; readonly reason: string } | { readonly ok: false; readonly reason: string };

async function runNode(settings: NodeSettings, reporter: Reporter): Promise<number> {
  let end: (end: End) => void = () => {};
  const ended = new Promise<End>((resolve) => {
    end = resolve;
  });
  const stopOn = listenForSignals(end);
  const member = Number(Object.entries(settings.members).find(([, name]) => name === settings.name)?.[0]);
  const { name, cluster, secret, listen, peers } = settings;
  const system = startSystem(name);
  // The reporter tells of the parliament's crashes, by its events.
  const stopHearing = onCrash(() => {});
  let node: Node | undefined;
  let registers: Reference | undefined;
  try {
    node = await openNode(system, {
      name,
      cluster,
      listen,
      peers,
      ...(secret === undefined ? {} : { secret }),
      onEvent(event) {
        reporter.node(event);
        if (event.type === 'refused' && event.ownNameTaken) end({ ok: false, reason: event.reason });
      },
    });
    registers = await spawnParliament(system, REGISTERS, {
      member,
      members: settings.members,
      directory: settings.data,
      cluster,
      onEvent(event) {
        reporter.parliament(event);
        if (event.type === 'refused') end({ ok: false, reason: `node ${event.by} refuses this one: ${event.message}` });
        else if (event.type === 'lost-memory' && event.whose === 'own') end({ ok: false, reason: event.message });
        else if (event.type === 'gave-up') end({ ok: false, reason: `the roles crashed too often: ${event.reason}` });
      },
    });
    finished(registers)
      .then(({ message }) => end({ ok: false, reason: `the parliament has stopped: ${message}` }))
      .catch((error: unknown) => end({ ok: false, reason: reasonOf(error) }));
    await spawnControl(node, system, registers, settings.allowCrash, () => end({ ok: true, reason: 'asked to stop' }));
    const { host, port } = node.address ?? { host: '', port: 0 };
    const missing = node.peers().filter((peer) => peer.name in peers && peer.state !== 'connected');
    reporter.ready({
      name,
      member,
      listen: `${host}:${port}`,
      data: settings.data,
      missing: missing.map((peer) => peer.name),
    });
    const { ok, reason } = await ended;
    if (!ok) throw new CommandError(reason);
    reporter.stopping(reason);
    return EXIT.ok;
  } catch (error) {
    reporter.failed(reasonOf(error));
    return EXIT.failed;
  } finally {
    if (registers !== undefined) await stopParliament(registers);
    await node?.close();
    stopHearing();
    stopOn();
  }
}

/** Ends cleanly on the first signal, and at once on the second. A node that a parent started ends with that parent. */
function listenForSignals(end: (end: End) => void): () => void {
  let isEnding = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (isEnding) process.exit(EXIT.failed);
    isEnding = true;
    end({ ok: true, reason: `got ${signal}` });
  };
  const onDisconnect = (): void => end({ ok: true, reason: 'its parent process is gone' });
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.on('disconnect', onDisconnect);
  // It may be gone already: killed while this process was being started.
  if (process.send !== undefined && !process.connected) onDisconnect();
  return () => {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    process.off('disconnect', onDisconnect);
    if (process.connected) process.disconnect();
  };
}
