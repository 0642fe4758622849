import { describe, expect, it } from 'vitest';
import { createBridgeConnection } from '../../../../renderer/panel/transport/bridge-connection.ts';
import type { Request } from '../../../../shared/schemas/ipc-schema.ts';
import type { ShellMessage } from '../../../../shared/schemas/shell-message.ts';
import { inputsFor, snapshotOf } from '../../../support/snapshots.ts';

const snapshot = snapshotOf(inputsFor.enforcing);
const arrives: ShellMessage = { kind: 'event', message: { seq: 0, event: 'snapshot', data: snapshot } };
const gone: ShellMessage = { kind: 'agent-gone', problem: { code: 'agent-failed', message: 'It failed.' } };

function bridged(answer: (request: Request) => Promise<unknown>) {
  let tell = (_message: unknown): void => {};
  const checked: string[] = [];
  const bridge = {
    call: (request: unknown) => answer(request as Request),
    listen(listener: (message: unknown) => void) {
      tell = listener;
    },
  };
  const connection = createBridgeConnection(bridge, () => 1_000, {
    check: (subject) => checked.push(subject),
    request: (subject, from) => checked.push(`${from}: ${subject}`),
  });
  return { connection, checked, tell: (message: unknown) => tell(message) };
}

const silent = () => new Promise<never>(() => {});

describe("Electron's connection to the agent", () => {
  it('is open once the first snapshot has come, and passes it on', () => {
    const { connection, tell } = bridged(silent);
    const seen: string[] = [];
    connection.on('snapshot', ({ state }) => seen.push(state.id));
    expect(connection.status().kind).toBe('connecting');
    tell(arrives);
    expect([connection.status().kind, ...seen]).toEqual(['open', 'enforcing']);
  });

  it('is lost while the agent is away, fails what was under way, and comes back with the next snapshot', async () => {
    const { connection, tell } = bridged(silent);
    tell(arrives);
    const call = connection.call('sync.now', {});
    tell(gone);
    await expect(call).rejects.toThrow('agent-failed');
    expect(connection.status().kind).toBe('lost');
    tell(arrives);
    expect(connection.status().kind).toBe('open');
  });

  it('answers calls, and says what went wrong with those that do not get through', async () => {
    const { connection } = bridged(async ({ id, call }) => {
      if (call === 'snapshot.get') return { id, ok: snapshot };
      throw new Error('no such channel');
    });
    expect((await connection.call('snapshot.get', {})).state.id).toBe('enforcing');
    await expect(connection.call('sync.now', {})).rejects.toThrow('shell-failed');
  });

  it('hands on what is to be checked, and ignores what is not of the protocol', () => {
    const { checked, connection, tell } = bridged(silent);
    tell({ kind: 'check', subject: 'gcr.io' });
    tell({ kind: 'rubbish' });
    tell(null);
    expect(checked).toEqual(['gcr.io']);
    expect(connection.status().kind).toBe('connecting');
  });
});
