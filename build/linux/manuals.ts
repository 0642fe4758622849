import type { ManualTexts } from './man-page.ts';

export const gatewayManual: ManualTexts = {
  description:
    'Signs in to an organization, keeps the container engines of this machine to the registries that the organization allows, and says why a\npull is blocked.',
  exitStatus: [
    ['0', 'Success.'],
    ['1', 'A problem; one line on standard error says which, and what to do.'],
    ['2', 'An invalid command line.'],
    ['3', 'The answer is that something is blocked.'],
    ['4', 'The policy is not in force, or an attachment is not as it should be.'],
    ['5', 'Only further hosts, which cannot be known beforehand, decide.'],
  ],
  files: [
    ['/etc/portcullis/registry.json', 'The organizations whose members may sign in.'],
    ['/etc/portcullis/portcullis.json', 'Server, policy keys and other settings.'],
    ['/etc/portcullis/gateway.json', 'Configuration of the gateway.'],
    ['/etc/portcullis/attachment/', 'How the engines are attached.'],
    ['/var/lib/portcullis/', 'What the gateway enforces.'],
  ],
  seeAlso: ['systemctl (1)', 'journalctl (1)', 'nft (8)'],
};

export const hubManual: ManualTexts = {
  description:
    "The server of an organization: people sign in there, owners edit the allowed registries, and every machine fetches the signed policy.\nThe service runs it; root's commands are below.",
  exitStatus: [
    ['0', 'Success.'],
    ['1', 'A problem; one line on standard error says which, and what to do.'],
    ['2', 'An invalid command line.'],
  ],
  files: [
    ['/etc/portcullis/hub.json', 'Configuration.'],
    ['/var/lib/portcullis-hub/', 'The database, with signing keys and password hashes.'],
    ['/usr/share/doc/portcullis-hub/', 'The manual of the server, and samples of TLS proxies.'],
  ],
  seeAlso: ['systemctl (1)', 'journalctl (1)'],
};
