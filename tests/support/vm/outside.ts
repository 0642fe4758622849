import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Authority, createAuthority } from '../../../main/demo/outside/certificates.ts';
import { type DnsStub, startDnsStub } from '../dns-stub.ts';
import { startRegistry, type TestRegistry } from '../registry.ts';
import { ADDRESSES } from './network.ts';
import type { Vm } from './vm.ts';

export const ALLOWED = 'allowed.registry.test';
export const OTHER = 'other.registry.test';
export const CONTACT = 'platform@acme.example';
export const REFUSAL = `${OTHER} is blocked by acme. To request access, contact ${CONTACT}.`;

/** What the machine finds on its network: a resolver and two registries. */
export interface Outside extends AsyncDisposable {
  readonly ca: Authority;
  readonly upstream: DnsStub;
  readonly allowed: TestRegistry;
  readonly other: TestRegistry;
}

export async function startOutside(): Promise<Outside> {
  await using cleanup = new AsyncDisposableStack();
  const ca = createAuthority();
  const allowed = cleanup.use(await startRegistry({ host: ADDRESSES.allowed, names: [ALLOWED], ca }));
  const other = cleanup.use(await startRegistry({ host: ADDRESSES.other, names: [OTHER], ca }));
  const names = { [ALLOWED]: ADDRESSES.allowed, [OTHER]: ADDRESSES.other, 'registry-1.docker.io': ADDRESSES.other };
  const upstream = await startDnsStub(names, ADDRESSES.resolver, 53);
  cleanup.defer(() => upstream.close());
  const made = cleanup.move();
  return { ca, upstream, allowed, other, [Symbol.asyncDispose]: () => made.disposeAsync() };
}

/** Puts `app:1` into both registries, by an engine that nothing holds yet. */
export async function seed(vm: Vm): Promise<void> {
  await vm.engine();
  await vm.ok(`
    tar --create --directory / --dereference bin/busybox | docker import --change 'CMD ["/bin/busybox", "true"]' - app:1`);
  for (const address of [ADDRESSES.allowed, ADDRESSES.other]) {
    await vm.ok(`docker tag app:1 ${address}/app:1 && docker push ${address}/app:1 && docker rmi ${address}/app:1`);
  }
}

export async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'vm-files-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
