import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { faultOf } from '../../../../main/hub/store/postgres-faults.ts';
import { connectionOf, DatabaseConfig } from '../../../../main/hub/store/postgres-settings.ts';

const connection = (config: unknown) => connectionOf(DatabaseConfig.parse(config));

describe('the address of a database', () => {
  it.each([
    ['postgres://hub:secret@db.example/portcullis', 'without a password'],
    ['postgres://db.example/portcullis?sslmode=require', 'verify-full or disable'],
    ['postgres://db.example/portcullis?options=-c%20x', 'without "options"'],
    ['mysql://db.example/portcullis', 'an address such as'],
    ['db.example', 'an address such as'],
  ])('%s is refused', (url, fault) => {
    const parsed = DatabaseConfig.safeParse(url);
    expect(JSON.stringify(parsed.error?.issues)).toContain(JSON.stringify(fault).slice(1, -1));
  });

  it('elsewhere is reached by TLS with a certificate that is verified; on this machine without', async () => {
    const elsewhere = await connection('postgres://hub@db.example:5433/portcullis');
    expect(elsewhere).toMatchObject({
      client: {
        host: 'db.example',
        port: 5433,
        user: 'hub',
        database: 'portcullis',
        ssl: { rejectUnauthorized: true },
      },
      address: 'db.example:5433/portcullis',
      connections: 10,
    });
    expect((await connection('postgres://hub@db.example/p?sslmode=disable')).client.ssl).toBe(false);
    for (const near of ['localhost', '127.0.0.1', '[::1]', '']) {
      expect((await connection(`postgres://${near}/p`)).client.ssl).toBe(false);
    }
    const socket = await connection('postgresql://hub@localhost/p?host=%2Frun%2Fpostgresql');
    expect(socket).toMatchObject({ client: { host: '/run/postgresql', ssl: false }, address: '/run/postgresql/p' });
    expect((await connection('postgres://localhost/p?sslmode=verify-full')).client.ssl).toMatchObject({
      rejectUnauthorized: true,
    });
  });

  it('goes with a password from a file, read at each connection, and authorities of its own', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'postgres-settings-'));
    try {
      const [passwordFile, caFile] = [join(folder, 'password'), join(folder, 'ca')];
      await writeFile(passwordFile, 'one\n');
      await writeFile(caFile, 'PEM');
      const { client } = await connection({ url: 'postgres://db.example/p', passwordFile, caFile, connections: 4 });
      const password = client.password as () => Promise<string>;
      expect(await password()).toBe('one');
      await writeFile(passwordFile, 'two\n');
      expect(await password()).toBe('two');
      expect(client.ssl).toMatchObject({ ca: 'PEM' });
      const missing = connection({ url: 'postgres://db.example/p', caFile: join(folder, 'none') });
      await expect(missing).rejects.toThrow();
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('an error of the database', () => {
  const withCode = (code: string) => Object.assign(new Error('x'), { code });
  it.each([
    [withCode('40001'), 'conflict'],
    [withCode('40P01'), 'conflict'],
    [withCode('57P03'), 'away'],
    [withCode('ECONNREFUSED'), 'away'],
    [new AggregateError([withCode('ECONNREFUSED'), withCode('ECONNREFUSED')]), 'away'],
    [withCode('57P01'), 'lost'],
    [new Error('Connection terminated unexpectedly'), 'lost'],
    [withCode('23505'), 'other'],
    ['text', 'other'],
  ])('%s is %s', (error, fault) => {
    expect(faultOf(error)).toBe(fault);
  });
});
