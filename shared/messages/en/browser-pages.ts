/**
 * What pages around signing in say: the hub's own, and the last one of a sign-in, which Portcullis on the computer itself shows. `**` marks
 * what is set in bold.
 */
export interface BrowserPageMessages {
  readonly signIn: {
    readonly title: string;
    readonly of: Record<'this computer' | 'another device' | 'the dashboard', string>;
    readonly username: string;
    readonly password: string;
    readonly submit: string;
    readonly cancel: string;
    /** Leads to the page where people change their own password. */
    readonly changePassword: string;
    readonly continueAs: (name: string) => string;
    readonly continueTitle: (name: string) => string;
    readonly another: string;
    /** Leads to the organization's own sign-in server. */
    readonly atProvider: string;
  };
  readonly device: {
    readonly title: string;
    readonly enter: string;
    readonly never: string;
    readonly code: string;
    readonly next: string;
    readonly confirmTitle: string;
    readonly shows: string;
    readonly showsAt: (address: string) => string;
    readonly warning: string;
    readonly stop: string;
    readonly done: Page;
    readonly cancelled: Page;
  };
  readonly signOut: {
    readonly title: string;
    readonly scope: string;
    readonly submit: string;
    readonly stay: string;
    readonly done: Page;
  };
  readonly password: {
    readonly welcome: string;
    readonly chooseNew: string;
    readonly invited: (organization: string, username: string) => string;
    readonly wasReset: (username: string) => string;
    readonly rules: (characters: number) => string;
    readonly label: string;
    readonly again: string;
    readonly submit: string;
    readonly setTitle: string;
    readonly nowSignIn: (username: string) => string;
  };
  readonly changePassword: {
    readonly title: string;
    readonly present: string;
    readonly label: string;
    readonly again: string;
    readonly signOut: string;
    readonly submit: string;
    readonly forgotten: string;
    readonly doneTitle: string;
    readonly stillSignedIn: string;
    readonly signInAgain: string;
  };
  readonly firstOwner: {
    readonly title: string;
    readonly intro: string;
    readonly code: string;
    readonly submit: string;
    readonly doneTitle: string;
    readonly nowSignIn: (username: string) => string;
  };
  readonly start: Page & { readonly forOwners: string };
  readonly openDashboard: string;
  readonly reply: {
    readonly signedIn: { readonly title: string; readonly text: (name: string, organization: string) => string };
    readonly notSignedIn: string;
    readonly replaced: Page;
    readonly misdirected: Page;
    readonly notFound: string;
    readonly foreign: Page & { readonly next: string };
    readonly replayed: Page;
    readonly open: string;
    readonly close: string;
    readonly closeAndReturn: string;
  };
}

interface Page {
  readonly title: string;
  readonly text: string;
}

export const browserPagesEn: BrowserPageMessages = {
  signIn: {
    title: 'Sign in to Portcullis',
    of: {
      'this computer': 'This signs in Portcullis on this computer.',
      'another device': 'This signs in Portcullis on the device that shows your code.',
      'the dashboard': 'This signs you in to the dashboard in this browser.',
    },
    username: 'User name',
    password: 'Password',
    submit: 'Sign in',
    cancel: 'Cancel',
    changePassword: 'Change your password',
    continueAs: (name) => `Continue as ${name}`,
    continueTitle: (name) => `Continue as ${name}?`,
    another: 'Use another account',
    atProvider: 'Sign in with your organization’s account',
  },
  device: {
    title: 'Connect a device',
    enter: 'Enter the code that Portcullis shows on your other device.',
    never: 'Never enter a code someone else sent you.',
    code: 'Code',
    next: 'Continue',
    confirmTitle: 'Is this your device?',
    shows: 'A device is showing this code:',
    showsAt: (address) => `A device at ${address} is showing this code:`,
    warning: 'Continue only if you just started this. If someone sent you this code, they would be signed in as you.',
    stop: 'No, cancel',
    done: { title: 'Signed in', text: 'The other device will continue automatically. You can close this page.' },
    cancelled: { title: 'Sign-in cancelled', text: 'The other device was not signed in. You can close this page.' },
  },
  signOut: {
    title: 'Sign out in this browser?',
    scope: 'Portcullis itself stays signed in. To sign it out, use Sign out in Portcullis.',
    submit: 'Sign out',
    stay: 'Stay signed in',
    done: { title: 'Signed out', text: 'You are signed out in this browser. You can close this page.' },
  },
  password: {
    welcome: 'Welcome to Portcullis',
    chooseNew: 'Choose a new password',
    invited: (organization, username) =>
      `You have been invited to **${organization}**. Your user name is **${username}**.`,
    wasReset: (username) => `Your password was reset. Your user name is **${username}**.`,
    rules: (characters) => `Your password needs at least ${characters} characters. A few words make a good password.`,
    label: 'Password',
    again: 'Password again',
    submit: 'Set password',
    setTitle: 'Your password is set',
    nowSignIn: (username) => `Open Portcullis on your computer and sign in as **${username}**.`,
  },
  changePassword: {
    title: 'Change your password',
    present: 'Current password',
    label: 'New password',
    again: 'New password again',
    signOut: 'Sign me out everywhere, in case someone else knows the current password',
    submit: 'Change password',
    forgotten: 'Forgot your password? An owner of your organization can send you a link to set a new one.',
    doneTitle: 'Your password is changed',
    stillSignedIn: 'You are still signed in wherever you were. You can close this page.',
    signInAgain:
      'You are signed out everywhere. Sign in to Portcullis again with your new password: until then, it may block all pulls.',
  },
  firstOwner: {
    title: 'Create the first owner',
    intro:
      'Enter the code that "portcullis-hub first-owner" has printed on the server, and choose how you will sign in.',
    code: 'Code',
    submit: 'Create owner',
    doneTitle: 'You are the owner',
    nowSignIn: (username) =>
      `Sign in as ${username} to add the registries that your organization allows, and the people who may use them.`,
  },
  start: {
    title: 'This is a Portcullis server',
    text: 'Portcullis signs in here and gets its policy from here. To begin, open Portcullis on your computer.',
    forOwners: 'For owners: the allowed registries, activity and people.',
  },
  openDashboard: 'Open the dashboard',
  reply: {
    signedIn: {
      title: 'You are signed in',
      text: (name, organization) => `${name} is signed in to ${organization}.`,
    },
    notSignedIn: 'You are not signed in',
    replaced: { title: 'A newer sign-in has replaced this one', text: 'Continue in the window that opened last.' },
    misdirected: { title: 'Wrong address', text: 'This page is only available at its IP address.' },
    notFound: 'Page not found',
    foreign: {
      title: 'This reply does not belong to a sign-in',
      text: 'The sign-in in progress did not ask for it, so it was ignored.',
      next: 'If you are not signed in yet, start again in Portcullis.',
    },
    replayed: { title: 'This reply was already used', text: 'Each sign-in accepts one reply.' },
    open: 'Open Portcullis',
    close: 'You can close this window.',
    closeAndReturn: 'You can close this window and return to Portcullis.',
  },
};
