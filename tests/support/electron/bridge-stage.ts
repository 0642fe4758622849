import type { Page } from '@playwright/test';
import type { SupervisedAgent } from '../../../main/shell/agent-supervisor.ts';
import type { ShellMessage } from '../../../shared/schemas/shell-message.ts';
import type { Snapshot } from '../../../shared/schemas/snapshot.ts';
import { createFakeAgent } from '../fake-agent.ts';
import type { PanelStage } from '../panel-stage.ts';
import { recordCalls } from '../recorded-calls.ts';
import { openBridgePage } from './bridge-page.ts';

export interface BridgeStage extends PanelStage {
  /** How often the page asked to be hidden. */
  hides(): number;
  /** Tells the page, as the shell does. */
  notify(message: ShellMessage): void;
}

/** The same stage as for a browser, with the preload script and the shell's own IPC between the page and the agent. */
export async function setBridgeStage(page: Page, first: Snapshot): Promise<BridgeStage> {
  const agent = createFakeAgent(first);
  const { handlers: recorded, calls } = recordCalls(agent.handlers);
  let back = Promise.resolve();
  let comeBack = (): void => undefined;
  const startAgent = async (): Promise<SupervisedAgent> => {
    await back;
    return { ...agent, handlers: recorded, lookAgain: () => undefined, stop: async () => undefined };
  };
  const bridge = await openBridgePage(page, startAgent);
  return {
    play: agent.play,
    deny: agent.deny,
    answer: agent.answer,
    address: bridge.address,
    calls,
    hides: bridge.hides,
    notify: bridge.notify,
    async goAway() {
      back = new Promise((resolve) => {
        comeBack = resolve;
      });
      bridge.supervisor.restartAfter(new Error('the agent was made to fail'));
    },
    async comeBack() {
      comeBack();
    },
    close: bridge.close,
  };
}
