import type { Tour } from '../../shared/schemas/tour.ts';
import { shellQuoted } from '../platform/process/shell-quoted.ts';
import { BLOCKED_REGISTRY, IMAGE } from './outside/outside.ts';
import type { DemoUser } from './seed.ts';
import { portcullisOf } from './tour.ts';

/** What `tryItText` tells about the running demo. */
export interface TryIt {
  folder: string;
  /** null where commands find the demo without being told its socket. */
  own: { agentSocket: string } | null;
  hubUrl: string;
  dashboardUrl: string;
  /** Pressed in this terminal, it opens the dashboard; null where there is no terminal. */
  dashboardKey: string | null;
  users: DemoUser[];
  /** Opened in a browser, to be opened at an address, or in the tray app's window. */
  panel: { kind: 'browser' } | { kind: 'address'; url: string } | { kind: 'window' };
  dns: string;
  tour: Tour;
  /** With `--vm`. */
  isRealEngine: boolean;
}

/** What the demo prints once it runs. Each command is on a line of its own, ready to copy. */
export function tryItText(demo: TryIt): string {
  const { folder, own, hubUrl, users, panel, dns, tour, isRealEngine } = demo;
  const [dnsHost, dnsPort] = dns.split(':');
  const portcullis = portcullisOf(own);
  const start = `npm start --${own === null ? '' : ` --folder ${shellQuoted(folder)}`}`;
  const lines = [
    '',
    'Portcullis is running as a demo, on this machine only.',
    `  Data folder      ${folder}`,
    `  acme's server    ${hubUrl}`,
    ...users.map(({ username, role, password }) => `    ${username.padEnd(8)}password ${password}   (${role} of acme)`),
    `  Panel            ${panelLine(panel, portcullis)}`,
    `  Dashboard        ${dashboardLine(demo)}`,
    '',
    'Try it, in this order:',
    `  1. Sign in as ${tour.member} in the panel. Until then, all pulls are blocked.`,
    `  2. ${isRealEngine ? 'Pull from' : 'Ask'} a registry that acme allows, and one that it blocks:`,
    `       ${tour.allowed}`,
    `       ${tour.blocked}`,
    '  3. See why it is blocked, and what the DNS filter answers:',
    `       ${portcullis} explain ${BLOCKED_REGISTRY}/${IMAGE}`,
    `       dig @${dnsHost} -p ${dnsPort} ${BLOCKED_REGISTRY}`,
    `  4. Allow it, signing in as ${tour.owner} in the dashboard or by command, and repeat step 2. It takes effect within seconds:`,
    `       ${tour.allow}`,
    '',
    isRealEngine
      ? 'A real Docker Engine runs in a network namespace. The gateway is its DNS server and its proxy.'
      : 'No container engine is attached: curl asks the proxy as an engine would. --vm adds a real one (Linux, as root).',
    'Both registries are part of the demo: none of this needs a network.',
    '',
    'Press Ctrl-C to stop. Your state is kept; start with --reset to begin again:',
    `  ${start} --reset`,
    '',
  ];
  return `${lines.join('\n')}\n`;
}

function dashboardLine({ dashboardUrl, dashboardKey, tour }: TryIt): string {
  const who = `for ${tour.owner}, the owner`;
  return dashboardKey === null
    ? `${dashboardUrl}   ${who}`
    : `${dashboardUrl}   ${who}; press ${dashboardKey} to open it`;
}

function panelLine(panel: TryIt['panel'], portcullis: string): string {
  switch (panel.kind) {
    case 'browser':
      return `opened in your browser; to open it again: ${portcullis} open`;
    case 'window':
      return `in its own window and in the tray; to open it again: ${portcullis} open`;
    case 'address':
      return `${panel.url}\n                   Works once, within a minute. For a new address: ${portcullis} open --print`;
  }
}
