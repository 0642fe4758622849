import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RegistryAccessSettingsAnswer } from '../../shared/hub-schema.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { TestBrowser } from '../support/test-browser.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

/** Runs the command and does in a browser what it asks for. */
async function run(username: string, ...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ['main/cli/index.ts', 'hub', ...args, '--hub', hub.url, '--org', 'acme']);
  const said = { stdout: '', stderr: '' };
  let opened = false;
  child.stdout.on('data', (chunk: Buffer) => {
    said.stdout += chunk.toString('utf8');
    const link = /^ {2}(http\S+)$/m.exec(said.stdout)?.[1];
    if (link === undefined || opened) return;
    opened = true;
    void confirm(link, username);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said.stderr += chunk.toString('utf8');
  });
  const [code] = await once(child, 'close');
  return { code, ...said };
}

async function confirm(link: string, username: string): Promise<void> {
  const browser = new TestBrowser();
  await browser.open(link);
  await browser.submit({});
  await browser.submit({}, { name: 'confirm', value: 'yes' });
  await browser.submit({ username, password: await hub.password(username) }, { name: 'action', value: 'sign-in' });
}

async function addresses(): Promise<string[]> {
  const answer = await fetch(`${hub.url}/v1/orgs/acme/registry-access/settings`, {
    headers: { authorization: `Bearer ${await hub.signIn('olivia')}` },
  });
  return RegistryAccessSettingsAnswer.parse(await answer.json()).registries.map(({ address }) => address);
}

describe('an owner at the command line', () => {
  it('puts a registry on the list, once, and takes it off', async () => {
    const before = await addresses();
    expect(await run('olivia', 'allow', 'https://GCR.io/', '--nickname', 'Google')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Saved: revision 2 of acme'),
    });
    expect((await run('olivia', 'allow', 'gcr.io')).code).toBe(0);
    expect(await addresses()).toEqual([...before, 'gcr.io']);
    expect((await run('olivia', 'disallow', 'gcr.io')).code).toBe(0);
    expect(await addresses()).toEqual(before);
  });

  it('is told that a member may not', async () => {
    const { code, stderr } = await run('mia', 'allow', 'quay.io');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^portcullis: The hub did not take the change: .*\n$/);
    expect(await addresses()).not.toContain('quay.io');
  });

  it('is told what is no address before being asked to sign in', async () => {
    const { code, stdout, stderr } = await run('olivia', 'allow', '*');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('portcullis: ');
  });
});
