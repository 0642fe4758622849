import { startGateway, type TestGateway } from '../support/gateway.ts';
import { ALLOWED, CONTACT, type Scene, startScene } from './scene.ts';

export interface GuardedEngine extends Omit<Scene, 'gateway'> {
  readonly gateway: TestGateway;
  /** Programs a policy that allows these addresses; each call is a new revision. */
  allow(...addresses: string[]): Promise<void>;
}

/** The scene with a gateway that the test programs itself. `ALLOWED` is allowed. */
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
