import { randomBytes } from 'node:crypto';
import { createPanelAccess } from '../../main/agent/transport/panel-access.ts';
import { loadPanelFiles } from '../../main/agent/transport/panel-files.ts';
import { startPanelServer } from '../../main/agent/transport/panel-server.ts';
import { silentLogger } from '../../main/platform/log/logger.ts';
import type { Snapshot } from '../../shared/schemas/snapshot.ts';
import { createFakeAgent, type FakeAgent } from './fake-agent.ts';
import { recordCalls } from './recorded-calls.ts';
import { BUILT_PANEL } from './served-panel.ts';

/** The built panel, served as it is to users, in front of an agent that plays what a test wants to see on screen. */
export interface PanelStage extends Pick<FakeAgent, 'play' | 'deny' | 'answer'> {
  /** A fresh address of the panel, good once. */
  address(): string;
  /** Every call of the panels so far, oldest first. */
  readonly calls: readonly { call: string; args: unknown }[];
  /** Stops answering, as an agent that was killed. */
  goAway(): Promise<void>;
  /** Answers again at the same address. @param sessions whether those from before are still known */
  comeBack(sessions: 'kept' | 'forgotten'): Promise<void>;
  close(): Promise<void>;
}

export async function setPanelStage(first: Snapshot): Promise<PanelStage> {
  const agent = createFakeAgent(first);
  const { handlers: recorded, calls } = recordCalls(agent.handlers);
  const newAccess = () => createPanelAccess(() => performance.now(), randomBytes);
  const files = loadPanelFiles(BUILT_PANEL);
  let access = newAccess();
  const start = (port: number) =>
    startPanelServer({ agent: { ...agent, handlers: recorded }, access, files, port, log: silentLogger() });
  let server = await start(0);
  const { origin } = server;

  return {
    play: agent.play,
    deny: agent.deny,
    answer: agent.answer,
    address: () => `${origin}/#code=${access.issueCode()}`,
    calls,
    goAway: () => server.close(),
    async comeBack(sessions) {
      if (sessions === 'forgotten') access = newAccess();
      server = await start(Number(new URL(origin).port));
    },
    close: () => server.close(),
  };
}
