import { describe, expect, it } from 'vitest';
import { trayIconFile, trayLook } from '../../../main/shell/tray-look.ts';
import { wordsFor } from '../../../shared/messages/words.ts';
import type { StateId } from '../../../shared/state/derive-state.ts';
import { forbidsGreen, inputsFor, NOW, snapshotOf } from '../../support/snapshots.ts';

const words = wordsFor('system', 'en-GB');
const states = Object.keys(inputsFor) as StateId[];
const lookOf = (state: StateId) => trayLook({ kind: 'running', snapshot: snapshotOf(inputsFor[state]) }, NOW, words);

describe('the tray icon', () => {
  it('has a shape of its own for each state, so that nobody depends on the colour', () => {
    expect(new Set(states.map((state) => trayIconFile(lookOf(state), 'darwin'))).size).toBe(states.length);
  });

  it('is green only where the state is', () => {
    expect(states.filter((state) => lookOf(state).colour === 'green')).toEqual(['enforcing-stale', 'enforcing']);
    const doubtful = snapshotOf({ ...inputsFor.enforcing, health: [forbidsGreen] });
    expect(trayLook({ kind: 'running', snapshot: doubtful }, NOW, words)).toMatchObject({
      shape: 'enforcing-doubtful',
      colour: 'amber',
    });
  });

  it('shows no state while the agent is away', () => {
    const problem = { code: 'agent-fault', message: 'Portcullis hit an internal error and is restarting.' };
    expect(trayLook({ kind: 'failed', problem }, NOW, words)).toEqual({
      shape: 'connection-lost',
      colour: 'amber',
      tooltip: 'Portcullis is restarting',
    });
    expect(trayLook({ kind: 'starting' }, NOW, words)).toMatchObject({ shape: 'starting', colour: 'amber' });
  });

  it('is told in words when pointed at, in as many as Windows shows', () => {
    expect(lookOf('enforcing').tooltip).toBe('Portcullis: Restricted by acme');
    for (const state of states) expect(lookOf(state).tooltip.length).toBeLessThanOrEqual(127);
  });

  it('is a template image on macOS, coloured elsewhere', () => {
    const look = lookOf('locked');
    expect(trayIconFile(look, 'darwin')).toBe('macos/lockedTemplate.png');
    expect(trayIconFile(look, 'win32')).toBe('windows/locked-amber.png');
    expect(trayIconFile(look, 'linux')).toBe('linux/locked-amber.png');
  });
});
