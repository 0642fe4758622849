import type { MachineState } from '../../schemas/hub/machines.ts';
import type { ReportingLevel } from '../../schemas/reporting.ts';

/** What is sent to the organization's server, in English. */
export const reportingEn = {
  title: 'What is sent',
  to: (organization: string) => (organization === '' ? 'Reports' : `Reports to ${organization}`),
  level: {
    off: 'Off: nothing is sent',
    state: 'State of enforcement',
    hosts: 'State of enforcement and registries used',
  } satisfies Record<ReportingLevel, string>,
  decided: 'Your administrator decides this.',
  /** Says what a person may want to know first. */
  contents: {
    off: 'This machine does not appear in the list of machines.',
    state: 'What the gateway enforces, signed by the gateway. No names of images, registries, files or this machine.',
    hosts:
      'What the gateway enforces, signed by the gateway, and the registries that engines used or were blocked at. ' +
      'No names of images, files or this machine.',
  } satisfies Record<ReportingLevel, string>,
  identifier: 'Identifier',
  identifierHint: 'Read it out to support: it finds this machine in their list.',
  copyIdentifier: 'Copy identifier',
  lastSent: 'Last sent',
  never: 'nothing yet',
  /** In a line of its own on the command line. */
  sentAgo: (ago: string) => `sent ${ago}`,
  machine: (shortId: string) => `identifier ${shortId}`,
  standing: 'Listed as',
  state: {
    enforcing: 'Enforcing',
    outdated: 'Outdated',
    'not-enforcing': 'Not enforcing',
    silent: 'Silent',
    unverified: 'Unverified',
  } satisfies Record<MachineState, string>,
  show: 'Show what was sent',
  showing: 'Loading…',
  hide: 'Hide',
  body: 'Sent, byte for byte',
  receipt: 'The receipt in it, readable',
  notReadable: 'The receipt cannot be read.',
  copyBody: 'Copy',
};
export type ReportingMessages = typeof reportingEn;
