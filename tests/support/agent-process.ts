import { AgentConfig } from '../../main/agent/agent-config.ts';
import { runAgent } from '../../main/agent/run-agent.ts';
import { silentLogger } from '../../main/platform/log/logger.ts';
import { systemClock } from '../../main/platform/time/clock.ts';
import { memorySecretStore } from './memory-secret-store.ts';

/** An agent as a process of its own, to be killed: prints one line of JSON for each snapshot. */
const agent = await runAgent(AgentConfig.parse(JSON.parse(process.argv[2] ?? '')), {
  clock: systemClock,
  fetch,
  secrets: memorySecretStore(),
  openInBrowser: async () => false,
  platform: process.platform,
  log: silentLogger(),
});
agent.onSnapshot(({ state, filter }) => {
  process.stdout.write(`${JSON.stringify({ state: state.id, filter: filter?.kind })}\n`);
});
// The agent's own timers keep no process alive: the transports do that, and this one has none.
setInterval(() => undefined, 60_000);
