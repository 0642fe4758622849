import type { RollOutMethod } from '../../../roll-out/methods.ts';

const method: Record<RollOutMethod, { name: string; how: string }> = {
  debian: {
    name: 'Debian, Ubuntu',
    how: 'Put the keys and the package on the machine, then run these commands. They install the gateway, attach the container engines, and fail if any of that does not work.',
  },
  ansible: {
    name: 'Ansible',
    how: 'Put the keys beside your playbook, and this into the variables of the role "portcullis". It installs, attaches and checks each machine.',
  },
  'windows-installer': {
    name: 'Windows installer',
    how: 'Put the keys where only administrators can change them, then install silently. Exit code 0 means that everything was done.',
  },
  intune: {
    name: 'Intune',
    how: 'In Graph Explorer, send this file as the body of POST https://graph.microsoft.com/v1.0/deviceManagement/deviceConfigurations. Then assign the profile to a group. Start with one machine.',
  },
  'group-policy': {
    name: 'Group Policy',
    how: 'Distribute this file by a computer start-up script, or enter its values in the template Portcullis.admx.',
  },
  macos: {
    name: 'Jamf Pro, macOS',
    how: 'Upload this profile to your device management. It signs the profile and installs it for the whole computer.',
  },
  files: {
    name: 'By hand',
    how: 'registry.json requires sign-in, portcullis.json names this server and pins the keys. desktop.plist is for Docker Desktop on macOS and takes the place of registry.json there. Only administrators may be able to change the files.',
  },
};

export const rollOutEn = {
  title: 'Roll-out',
  lead: (organization: string) =>
    `Set up machines so that they require sign-in to ${organization} and get their policy from this server. Start with one machine, in audit mode.`,
  keys: 'Signing keys',
  keysLead:
    'Machines accept only policies that one of these keys has signed. Compare the thumbprints with those that "portcullis managed-config create --pin" prints.',
  thumbprint: 'Thumbprint',
  copyThumbprint: 'Copy thumbprint',
  keyState: { announced: 'Announced, does not sign yet', signing: 'Signs policies', retiring: 'No longer signs' },
  keyUntil: 'Can be removed after',
  replace: 'Replace the key',
  replaceSteps: [
    'Announce the next key. It is published, and in the files below, but does not sign yet.',
    'Roll out the files below to every machine.',
    'Sign with the new key. A machine that does not have it yet keeps its policy until that expires, at most 72 hours.',
    'Leave the old key in the files until the time that is shown above.',
  ],
  announce: 'Announce the next key',
  use: 'Sign with the new key',
  useTitle: 'Sign with the new key?',
  useText:
    'Every machine should have files with the new key by now. One without it keeps its policy for at most 72 hours, and then blocks all pulls.',
  ownersOnly: 'Only owners can replace the key.',
  stepDone: 'Done:',
  stepNow: 'Now:',
  methods: 'How do you manage machines?',
  method,
  download: (name: string) => `Download ${name}`,
  show: (name: string) => `Show ${name}`,
  commands: (what: string) => `Commands: ${what}`,
  copyCommands: 'Copy commands',
  notMade: 'This file cannot be made:',
  check: 'Check a machine',
  checkText:
    'Each of these exits with 0 only if everything is as it should be. After a member has signed in, the last one shows the policy.',
};
export type RollOutMessages = typeof rollOutEn;
