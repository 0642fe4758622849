import { startGateway, type TestGateway } from '../support/gateway.ts';
import { ALLOWED, CONTACT, type Scene, startScene } from './scene.ts';

export interface GuardedEngine extends Omit<Scene, 'gateway'> {
  readonly gateway: TestGateway;
  /** Puts a policy in force whose list is these addresses. Each call is a revision of its own. */
  allow(...addresses: string[]): Promise<void>;
}

/** The scene with a gateway that is told its policies by the test itself. `ALLOWED` is on the list. */
export async function startGuardedEngine(): Promise<GuardedEngine> {
  await using cleanup = new AsyncDisposableStack();
  const scene = cleanup.use(await startScene());
  const gateway = await startGateway(scene.gateway);
  cleanup.defer(() => gateway.stop());

  let revision = 0;
  const allow = async (...addresses: string[]): Promise<void> => {
    revision += 1;
    await gateway.program({ revision, contact: CONTACT, registries: addresses.map((address) => ({ address })) });
  };
  await allow(ALLOWED);
  const made = cleanup.move();
  return { ...scene, gateway, allow, [Symbol.asyncDispose]: () => made.disposeAsync() };
}
