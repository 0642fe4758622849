import type { Access } from '../../../schemas/hub/people.ts';

/** The dashboard's frame in English: sign-in, navigation, account. */
export const dashboardShellEn = {
  dashboard: 'Dashboard',
  connecting: 'Signing in…',
  signedOut: 'Signed out',
  signInNeeded: 'Sign in to the dashboard',
  signIn: 'Sign in',
  signInAgain: 'Sign in again',
  expired: 'Your sign-in has expired. Sign in again to continue; your changes are kept.',
  freshNeeded: 'Enter your password again',
  changePassword: 'Change password',
  signOut: 'Sign out',
  views: 'Views',
  viewName: {
    'registry-access': 'Registry Access',
    requests: 'Requests',
    activity: 'Activity',
    people: 'People',
    machines: 'Machines',
    'roll-out': 'Roll-out',
  },
  unsaved: 'unsaved changes',
  organization: 'Organization',
  account: 'Account and appearance',
  signedInAs: (name: string) => `Signed in as ${name}`,
  role: {
    owner: 'Owner',
    'registry-manager': 'Registry manager',
    auditor: 'Auditor',
    member: 'Member',
  } satisfies Record<Access, string>,
  member: {
    headline: (organization: string) => `You are a member of ${organization}`,
    text: 'This page is for people who manage the allowed registries. What is allowed on your computer, and why something is blocked, is shown by Portcullis itself.',
  },
  nowhere: {
    headline: 'You are not a member of an organization',
    text: 'Ask an owner of your organization to add you, then sign in again.',
  },
  loading: 'Loading…',
  tryAgain: 'Try again',
  cancel: 'Cancel',
  leave: {
    headline: 'Sign out and lose your changes?',
    text: 'You have changes that are not saved.',
    confirm: 'Sign out anyway',
    stay: 'Keep editing',
  },
};
export type DashboardShellMessages = typeof dashboardShellEn;
