import { join } from 'node:path';
import { PolicyKeys } from '../../shared/policy/keys.ts';
import type { Tour } from '../../shared/schemas/tour.ts';
import { writeFileAtomic } from '../platform/fs/atomic-file.ts';
import type { DemoFolder, Ports } from './demo-folder.ts';
import type { Outside } from './outside/outside.ts';
import { demoSeed } from './seed.ts';
import type { DemoVm } from './start-vm.ts';

export function gatewayControl(folder: DemoFolder): string {
  return join(folder.run, 'control.sock');
}

export function hubConfig(folder: DemoFolder): object {
  return { dataDir: folder.hub, seed: demoSeed, log: join(folder.hub, 'hub.log') };
}

/** With a VM, the gateway listens on the VM's network instead of loopback. */
export function gatewayConfig(folder: DemoFolder, ports: Ports, outside: Outside, vm: DemoVm | null): object {
  return {
    stateDir: folder.gateway,
    control: gatewayControl(folder),
    managedConfig: { folder: folder.managed },
    log: join(folder.gateway, 'gateway.log'),
    ...outside.gateway,
    ...(vm?.gateway ?? {
      dns: { engine: [`127.0.0.1:${ports.dns}`] },
      proxy: [`127.0.0.1:${ports.proxy}`],
      allowFrom: ['127.0.0.0/8'],
    }),
  };
}

/** For the agent and for the tray app, which is an agent too. */
export function agentConfig(folder: DemoFolder, socket: string, tour: Tour, vm: DemoVm | null): object {
  return {
    stateDir: folder.agent,
    socket,
    gatewayControl: gatewayControl(folder),
    managedConfig: { folder: folder.managed },
    engine: vm?.engine ?? { kind: 'demo' },
    tour,
    secretFile: join(folder.agent, 'refresh-token.json'),
    log: join(folder.agent, 'agent.log'),
  };
}

/** What an administrator would deploy: sign-in is enforced for acme, and the keys that sign its policy are pinned. */
export async function writeManagedConfiguration(folder: DemoFolder, hubUrl: string): Promise<void> {
  const response = await fetch(new URL('/v1/policy-keys', hubUrl));
  const policyKeys = PolicyKeys.parse(await response.json());
  const settings = { hub: hubUrl, policyKeys };
  await writeFileAtomic(join(folder.managed, 'portcullis.json'), `${JSON.stringify(settings, null, 2)}\n`);
  await writeFileAtomic(join(folder.managed, 'registry.json'), '{"allowedOrgs":["acme"]}\n');
}
