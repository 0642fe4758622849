import { mkdtemp, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentConfig } from '../../main/agent/agent-config.ts';
import { runAgent } from '../../main/agent/run-agent.ts';
import { createLogger } from '../../main/platform/log/logger.ts';
import { systemClock } from '../../main/platform/time/clock.ts';
import { startHub } from './hub.ts';
import { memorySecretStore } from './memory-secret-store.ts';
import { machine } from './panel-data.ts';

/**
 * `node agent-in-guest.ts ALLOWED`, as root in a machine of a test's own: a hub that allows one registry, and an agent with a member signed
 * in, that finds gateway, managed configuration and engine where an installed one would. Each snapshot is one line of standard output. It
 * runs until its standard input ends.
 */
// The hub's command is named from there.
process.chdir(join(import.meta.dirname, '../..'));
const [allowed = ''] = process.argv.slice(2);
const settings = { enabled: true, mode: 'enforce' as const, registries: [{ address: allowed }] };
const hub = await startHub({ organizations: [{ name: 'acme', settings }] });
const { keys } = await hub.policyKeys();
await writeFile('/etc/portcullis/portcullis.json', JSON.stringify({ hub: hub.url, policyKeys: { keys } }));

const agent = await runAgent(
  AgentConfig.parse({
    stateDir: await mkdtemp(join(tmpdir(), 'agent-')),
    gatewayControl: '/run/portcullis/control.sock',
    // As an installed agent has it.
    engine: { kind: 'linux' },
    hub: hub.url,
  }),
  {
    ...{ clock: systemClock, fetch, secrets: memorySecretStore(), platform: process.platform },
    ...{ openInBrowser: async () => true, inspectMachine: async () => machine, networkInterfaces },
    log: createLogger('agent', undefined, 'silent'),
  },
);
const say = (snapshot: unknown): void => void process.stdout.write(`${JSON.stringify(snapshot)}\n`);
agent.onSnapshot(say);
say(agent.snapshot());
const { authorizationUrl } = await agent.handlers['session.signIn']({ opener: 'caller' });
await hub.finishSignIn(authorizationUrl, 'mia');

for await (const _ of process.stdin) {
  // Only its end matters.
}
await agent.stop();
await hub.stop();
