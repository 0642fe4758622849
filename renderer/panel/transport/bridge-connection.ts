import { problem } from '../../../shared/problems/catalogue.ts';
import { asProblem } from '../../../shared/problems/problem.ts';
import { createClient } from '../../../shared/schemas/ipc.ts';
import type { PanelBridge } from '../../../shared/schemas/panel-bridge.ts';
import { ShellMessage } from '../../../shared/schemas/shell-message.ts';
import { subscribe } from '../../../shared/subscribe.ts';
import type { Connection, ConnectionStatus } from './connection.ts';

/**
 * The panel in Electron, over the bridge of the preload script. The shell tells when the agent has failed, and starts it again.
 *
 * @param wanted what somebody wants from elsewhere: from the tray, a notification or a link.
 */
export function createBridgeConnection(
  bridge: PanelBridge,
  now: () => number,
  wanted: {
    check(subject: string): void;
    request(subject: string, from: 'notification' | 'link'): void;
  },
): Connection {
  let status: ConnectionStatus = { kind: 'connecting' };
  const listeners = new Set<(status: ConnectionStatus) => void>();
  const client = createClient((request) => {
    bridge.call(request).then(client.receive, (error: unknown) =>
      client.receive({
        id: request.id,
        error: asProblem(error, problem('shell-failed')),
      }),
    );
  });

  function become(next: ConnectionStatus): void {
    if (next.kind === status.kind) return;
    status = next;
    for (const listener of listeners) listener(next);
  }

  bridge.listen((message) => {
    const parsed = ShellMessage.safeParse(message);
    if (!parsed.success) return;
    switch (parsed.data.kind) {
      case 'event':
        become({ kind: 'open' });
        client.receive(parsed.data.message);
        return;
      case 'agent-gone':
        client.fail(parsed.data.problem);
        become({ kind: 'lost', retryAt: now() });
        return;
      case 'check':
        wanted.check(parsed.data.subject);
        return;
      case 'request':
        wanted.request(parsed.data.subject, parsed.data.from);
    }
  });

  return {
    call: client.call,
    on: client.on,
    opener: 'agent',
    status: () => status,
    onStatus: (listener) => subscribe(listeners, listener),
    retryNow() {},
  };
}
