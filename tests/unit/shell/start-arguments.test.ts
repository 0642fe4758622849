import { describe, expect, it } from 'vitest';
import { startArguments } from '../../../main/shell/start-arguments.ts';

const tray = { kind: 'tray', hidden: false, config: null, link: null };
const packed = (...args: string[]) => startArguments(['/opt/Portcullis/portcullis', ...args], true);

describe('started without a command, it is the tray', () => {
  it.each([
    ['alone', [], tray],
    ['at login', ['--hidden'], { ...tray, hidden: true }],
    ['by the demo', ['--config', '/tmp/shell.json'], { ...tray, config: '/tmp/shell.json' }],
    ['with a switch of Chromium', ['--enable-features=UseOzonePlatform'], tray],
    ['with a link', ['portcullis://check?image=nginx'], { ...tray, link: { kind: 'check', subject: 'nginx' } }],
    [
      'with a link to a request',
      ['portcullis://request?image=gcr.io'],
      { ...tray, link: { kind: 'request', subject: 'gcr.io' } },
    ],
    ['with a link that asks for nothing', ['portcullis://sign-out'], tray],
  ])('%s', (_how, args, expected) => {
    expect(packed(...args)).toEqual(expected);
  });

  it('obeys nothing beside a link, which a web page has written', () => {
    expect(packed('--hidden', '--config', '/tmp/evil.json', 'portcullis://check?image=nginx')).toEqual({
      ...tray,
      link: { kind: 'check', subject: 'nginx' },
    });
    expect(packed('portcullis://x', 'gateway', 'run', '--config', '/tmp/evil.json')).toEqual(tray);
    // What would send a request, had the link been quoted badly.
    expect(packed('portcullis://request?image=gcr.io', 'request', 'evil.example', '--reason', 'x')).toEqual({
      ...tray,
      link: { kind: 'request', subject: 'gcr.io' },
    });
  });
});

describe('started with a command, it is the command line', () => {
  it.each([[['status', '--json']], [['gateway', 'run', '--config', 'x']], [['--help']], [['--version']], [['typo']]])(
    '%j',
    (args) => {
      expect(packed(...args)).toEqual({ kind: 'command', args });
    },
  );

  it('goes without Chromium’s sandbox, which root and a hardened service cannot have, because it shows no page', () => {
    expect(packed('--no-sandbox', 'gateway', 'run')).toEqual({ kind: 'command', args: ['gateway', 'run'] });
    expect(packed('--no-sandbox', '--help')).toEqual({ kind: 'command', args: ['--help'] });
  });

  it('is not disturbed by the switch that silences Chromium', () => {
    expect(packed('--no-sandbox', '--log-level=3', 'status')).toEqual({ kind: 'command', args: ['status'] });
    expect(packed('--log-level=3', '--hidden')).toMatchObject({ kind: 'tray', hidden: true });
  });

  it.each([[[]], [['--hidden']], [['--config', 'x']], [['portcullis://check?image=nginx']]])(
    'but the tray does not start without a sandbox: %j',
    (args) => {
      expect(packed('--no-sandbox', ...args)).toEqual({ kind: 'unsafe' });
      expect(packed(...args, '--no-sandbox')).toEqual({ kind: 'unsafe' });
    },
  );

  it('in development the path of the application comes first', () => {
    expect(startArguments(['electron', '.', 'status'], false)).toEqual({ kind: 'command', args: ['status'] });
    expect(startArguments(['electron', '.', '--hidden'], false)).toEqual({ ...tray, hidden: true });
  });
});
