/** The control actor of a node that the command started: it stops the node, and for demonstrations makes a role crash. */

import { crash, dispatch, type Node, type Reference, startSupervisor } from 'parliament';
import { CONTROL } from './client-node.js';

export const STOP_REQUEST = { type: 'stop' } as const;

const ROLES = ['storage', 'acceptor', 'learner', 'proposer'] as const;

/** A role that can be made to crash. */
export type Role = (typeof ROLES)[number];

export function crashRequest(role: Role): { readonly type: 'crash'; readonly role: Role } {
  return { type: 'crash', role };
}

/** Spawns the control actor. `onStop` is called when somebody asks the node to stop. */
export async function spawnControl(
  node: Node,
  system: Reference,
  registers: Reference,
  allowCrash: boolean,
  onStop: () => void,
): Promise<void> {
  const control = await startSupervisor(system, CONTROL, {
    strategy: 'one_for_one',
    children: [],
    onMessage(message, { sender }) {
      if (typeof message !== 'object' || message === null || sender === undefined) return;
      const { type, role } = message as { type?: unknown; role?: unknown };
      if (type === 'stop') {
        dispatch(sender, { ok: true });
        // After the answer is on its way.
        setImmediate(onStop);
      } else if (type === 'crash') {
        const known = ROLES.find((name) => name === role);
        if (allowCrash && known !== undefined) crash(registers, known);
        dispatch(sender, { ok: allowCrash && known !== undefined });
      }
    },
  });
  // The commands on other nodes send to it by its path.
  node.expose(control.ref, 'messages');
}
