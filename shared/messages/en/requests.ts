/** Requesting access, in English. Times among the parameters are written out. */
export const requestsEn = {
  title: 'Your requests',
  request: 'Request access',
  /** To a screen reader, which hears no row around the button. */
  requestFor: (host: string) => `Request access to ${host}`,
  all: (total: number) => `All ${total}`,
  state: {
    kept: 'Will be sent',
    refused: 'Not sent',
    open: 'Waiting for a decision',
    allowed: 'Allowed',
    allowedUntil: (time: string) => `Allowed until ${time}`,
    wasAllowedUntil: (time: string) => `Was allowed until ${time}`,
    allowedFor: (teams: string, several: boolean) => `Allowed for ${several ? 'teams' : 'team'} ${teams}`,
    allowedForUntil: (teams: string, several: boolean, time: string) =>
      `Allowed for ${several ? 'teams' : 'team'} ${teams} until ${time}`,
    mirror: (use: string) => `Use ${use} instead`,
    declined: 'Declined',
    declinedBecause: (reason: string) => `Declined: ${reason}`,
    withdrawn: 'Withdrawn',
  },
  requested: (ago: string) => `requested ${ago}`,
  decided: (ago: string) => `decided ${ago}`,
  typed: 'Requested for',
  reason: 'Reason',
  withdraw: 'Withdraw',
  remove: 'Remove',
  again: 'Request again',
  copyMirror: 'Copy address',
  dialog: {
    title: (host: string) => `Request access to ${host}`,
    /** Nothing is sent before somebody presses the button: a page or another program may have filled this in. */
    fromLink: 'A link filled this in. Nothing has been sent. Send it only if you want this registry.',
    host: 'Host',
    typed: 'For',
    reason: 'Why do you need it?',
    optional: 'optional',
    reasonHint: 'One or two sentences help the owners decide.',
    seen: (org: string) => `What the owners of ${org} see`,
    you: 'Your name',
    teams: 'They also see your teams and when you asked.',
    noMore: 'Nothing else is sent.',
    send: 'Send request',
    sending: 'Sending…',
    cancel: 'Cancel',
    close: 'Close',
    sent: 'Request sent. You will be told when it is decided.',
    kept: (org: string) =>
      `${org}'s server cannot be reached. Your request is saved on this machine and will be sent automatically.`,
  },
  notice: {
    allowed: (host: string) => `You may now use ${host}`,
    allowedForTeams: (host: string) => `${host} was allowed for a team`,
    mirror: (host: string) => `Use another address than ${host}`,
    declined: (host: string) => `Request declined: ${host}`,
    refused: (host: string) => `Request not sent: ${host}`,
    /** Where a notification has no buttons. */
    click: 'Click to request access.',
  },
  /** The command line. */
  command: {
    how: (host: string) => `Request access: portcullis request ${host}`,
    sent: (host: string) => `Requested access to ${host}. You will be told when it is decided.`,
    kept: (host: string) => `Your request for ${host} is saved and will be sent automatically.`,
    withdrawn: (host: string) => `Withdrew your request for ${host}.`,
    none: 'You have not requested access to anything.',
  },
};

/** What another language has to provide. */
export type RequestMessages = typeof requestsEn;
