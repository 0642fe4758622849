import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HeadlessConfig } from '../../../../main/agent/run-headless.ts';
import { readGatewayConfig } from '../../../../main/gateway/service/gateway-config.ts';
import { HubConfig } from '../../../../main/hub/config.ts';
import { readConfigFile } from '../../../../main/platform/fs/config-file.ts';
import { ProblemError } from '../../../../shared/problems/problem.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-config-'));
  file = join(folder, 'config.json');
});
afterEach(() => rm(folder, { recursive: true }));

const problemOf = async (reading: Promise<unknown>) => {
  const error: unknown = await reading.catch((thrown: unknown) => thrown);
  if (!(error instanceof ProblemError)) throw error;
  return error.problem;
};

const everyProcess = {
  gateway: () => readGatewayConfig(file),
  agent: () => readConfigFile(file, HeadlessConfig, 'docs/agent.md'),
  hub: () => readConfigFile(file, HubConfig, 'docs/hub-api.md'),
};

describe.each(Object.entries(everyProcess))('the configuration file of the %s', (_name, read) => {
  it.each([
    ['{\n  "log": "a",\n}', 'line 2, column 13: Trailing comma before the closing bracket.'],
    ['{\n  // where\n}', 'line 2, column 3: JSON does not allow comments.'],
    ['{ "log": "a"\n  "user": "b" }', 'line 2, column 3: Missing comma before this value.'],
    ['{ "log": "a", "log": "b" }', 'line 1, column 15: The key "log" appears twice.'],
    ['', 'line 1, column 1: The file is empty.'],
  ])('says where %j is no JSON', async (content, cause) => {
    await writeFile(file, content);
    expect(await problemOf(read())).toMatchObject({ code: 'bad-config', cause });
  });

  it('says where a setting is not known', async () => {
    await writeFile(file, '{\n  "log": "/var/log/x",\n    "nosuch": 1\n}');
    const { cause } = await problemOf(read());
    expect(cause).toMatch(/^line \d, column \d+: /);
  });

  it('says that it is missing', async () => {
    expect((await problemOf(read())).code).toBe('config-not-found');
  });

  it('says that it is a folder', async () => {
    file = folder;
    expect(await problemOf(read())).toMatchObject({ code: 'bad-config', cause: expect.stringContaining('EISDIR') });
  });
});

describe('a fault in a setting of the gateway', () => {
  const valid = {
    dns: { engine: ['127.0.0.1:5301'], workload: ['127.0.0.1:5302'] },
    proxy: ['127.0.0.1:3128'],
    control: '/run/portcullis/control.sock',
    stateDir: '/var/lib/portcullis',
    allowFrom: ['127.0.0.0/8'],
  };
  const written = (changes: object): string => JSON.stringify({ ...valid, ...changes }, null, 2);

  it.each([
    [
      { dns: { engine: ['127.0.0.1:1', '0.0.0.0:53'], workload: [] } },
      /^line 5, column 7: "dns\.engine\[1\]" is a wildcard/,
    ],
    [{ proxy: 5 }, /^line 10, column 12: "proxy" must be a list in square brackets$/],
    [{ nosuch: 1 }, /^line 18, column 13: the file has no setting "nosuch"; check the spelling$/],
    [{ user: 'a', log: 'b' }, /^line 19, column 10: "log" cannot be combined with "user"/],
  ])('is told with its position: %j', async (changes, cause) => {
    await writeFile(file, written(changes));
    expect(await problemOf(readGatewayConfig(file))).toMatchObject({
      code: 'bad-config',
      cause: expect.stringMatching(cause),
    });
  });
});
