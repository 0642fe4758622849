import type { DemoUser } from './seed.ts';

/** What the demo prints when everything runs. */
export interface TryIt {
  folder: string;
  /** null: the folder and the agent that commands find by themselves. */
  own: { agentSocket: string } | null;
  hubUrl: string;
  users: DemoUser[];
  /** Where the panel is: opened in a browser, at an address to open by hand, or in Electron's window. */
  panel: { kind: 'browser' } | { kind: 'address'; url: string } | { kind: 'window' };
  proxy: string;
  dns: string;
  /** `unix://…` of the engine in the VM, where there is one. */
  engineSocket: string | null;
}

/** Plain text; commands stand alone on their lines, ready to copy. */
export function tryItText({ folder, own, hubUrl, users, panel, proxy, dns, engineSocket }: TryIt): string {
  const [dnsHost, dnsPort] = dns.split(':');
  const portcullis = portcullisOf(own);
  const start = `npm start --${own === null ? '' : ` --folder ${shellWord(folder)}`}`;
  const lines = [
    '',
    'Portcullis runs as a demo, on this machine only.',
    `  What it keeps    ${folder}`,
    `  acme's server    ${hubUrl}`,
    ...users.map(({ username, role, password }) => `    ${username.padEnd(8)}password ${password}   (${role} of acme)`),
    `  The panel        ${placeOf(panel, portcullis)}`,
    '',
    'Three things to try:',
    '  1. Sign in: press "Sign in" in the panel, as mia. Before, everything is refused.',
    '  2. Ask why a host is refused:',
    `       ${portcullis} explain gcr.io`,
    '  3. See what a refused pull prints:',
    `       curl -i -x http://${proxy} https://gcr.io/v2/`,
    `     or by DNS:  dig @${dnsHost} -p ${dnsPort} gcr.io`,
  ];
  if (engineSocket !== null) {
    lines.push(
      '',
      'A real Docker Engine runs in a network namespace; this gateway is its DNS and its proxy:',
      `       docker -H ${engineSocket} pull hello-world                  # allowed once mia has signed in`,
      `       docker -H ${engineSocket} pull gcr.io/distroless/static     # refused, with the reason`,
    );
  }
  lines.push('', `Ctrl-C stops all of it, the next start continues, and "${start} --reset" forgets it.`, '');
  return `${lines.join('\n')}\n`;
}

/** The command line of a demo, as it is typed in the checkout. @param own null: of the folder that commands find by themselves */
export function portcullisOf(own: TryIt['own']): string {
  return `${own === null ? '' : `PORTCULLIS_AGENT_SOCKET=${shellWord(own.agentSocket)} `}npm run -s portcullis --`;
}

function placeOf(panel: TryIt['panel'], portcullis: string): string {
  switch (panel.kind) {
    case 'browser':
      return `opened in your browser; again: ${portcullis} open`;
    case 'window':
      return `in its window and in the tray; again: ${portcullis} open`;
    case 'address':
      return `${panel.url}\n                   good once and for a minute; another: ${portcullis} open --print`;
  }
}

/** As a POSIX shell reads it back. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
