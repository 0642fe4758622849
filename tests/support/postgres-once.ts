import { type PostgresCluster, startCluster } from './postgres.ts';

let cluster: PostgresCluster | undefined;

/** One server for the layer `postgres`: each test has databases of its own on it. */
export async function setup(): Promise<void> {
  cluster = await startCluster();
  process.env.PORTCULLIS_TEST_POSTGRES = cluster.folder;
}

export async function teardown(): Promise<void> {
  await cluster?.stop();
}
