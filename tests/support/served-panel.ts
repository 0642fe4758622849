import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { AgentHandle } from '../../main/agent/transport/agent-handle.ts';
import { createPanelAccess } from '../../main/agent/transport/panel-access.ts';
import { loadPanelFiles } from '../../main/agent/transport/panel-files.ts';
import { startPanelServer } from '../../main/agent/transport/panel-server.ts';
import { silentLogger } from '../../main/platform/log/logger.ts';

export const BUILT_PANEL = join(import.meta.dirname, '..', '..', 'out', 'renderer');

export interface ServedPanel {
  /** A fresh address of the panel, good once. */
  address(): string;
  close(): Promise<void>;
}

/** The built panel in front of an agent, served as it is to users. */
export async function servePanel(agent: AgentHandle<'any'>): Promise<ServedPanel> {
  const access = createPanelAccess(() => performance.now(), randomBytes);
  const files = loadPanelFiles(BUILT_PANEL);
  const server = await startPanelServer({ agent, access, files, port: 0, log: silentLogger() });
  return {
    address: () => `${server.origin}/#code=${access.issueCode()}`,
    close: () => server.close(),
  };
}
