import type { DemoUser } from './seed.ts';

/** What `tryItText` tells about the running demo. */
export interface TryIt {
  folder: string;
  /** null where commands find the demo without being told its socket. */
  own: { agentSocket: string } | null;
  hubUrl: string;
  users: DemoUser[];
  /** Opened in a browser, to be opened at an address, or in the tray app's window. */
  panel: { kind: 'browser' } | { kind: 'address'; url: string } | { kind: 'window' };
  proxy: string;
  dns: string;
  /** `unix://…` of the engine in the VM, where there is one. */
  engineSocket: string | null;
}

/** What the demo prints once it runs. Each command is on a line of its own, ready to copy. */
export function tryItText({ folder, own, hubUrl, users, panel, proxy, dns, engineSocket }: TryIt): string {
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
    '',
    'Three things to try:',
    '  1. Sign in as mia in the panel. Until then, all pulls are blocked.',
    '  2. See why a host is blocked:',
    `       ${portcullis} explain gcr.io`,
    '  3. See what a blocked pull prints, over the proxy and over DNS:',
    `       curl -i -x http://${proxy} https://gcr.io/v2/`,
    `       dig @${dnsHost} -p ${dnsPort} gcr.io`,
  ];
  if (engineSocket !== null) {
    lines.push(
      '',
      'A real Docker Engine runs in a network namespace. The gateway is its DNS server and its proxy:',
      `       docker -H ${engineSocket} pull hello-world                  # allowed once mia has signed in`,
      `       docker -H ${engineSocket} pull gcr.io/distroless/static     # blocked, and says why`,
    );
  }
  lines.push(
    '',
    'Press Ctrl-C to stop. Your state is kept; start with --reset to begin again:',
    `  ${start} --reset`,
    '',
  );
  return `${lines.join('\n')}\n`;
}

/** The demo's `portcullis` command, as typed in the checkout. @param own null where commands find the demo by themselves */
export function portcullisOf(own: TryIt['own']): string {
  return `${own === null ? '' : `PORTCULLIS_AGENT_SOCKET=${shellQuoted(own.agentSocket)} `}npm run -s portcullis --`;
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

/** For a POSIX shell. */
function shellQuoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
