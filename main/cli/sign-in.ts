import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { nameList } from '../../shared/messages/name-list.ts';
import { wordsFor } from '../../shared/messages/words.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import type { IpcClient } from '../../shared/schemas/ipc.ts';
import type { SessionState } from '../../shared/state/inputs.ts';
import { isSigningIn } from '../../shared/state/session.ts';
import { stopSignal } from '../platform/process/stop-signal.ts';
import { printLine } from './print.ts';

const LOOK_EVERY_MS = 500;

/** `portcullis sign-in` and `portcullis sign-out`: what the panel's buttons do, also where there is no browser. */
export function addSignInCommands(program: Command): void {
  program
    .command('sign-in')
    .description('sign in to your organization')
    .option('--device', 'with a code that is entered in a browser on any other device: for servers and SSH')
    .addHelpText('after', '\nWaits for the outcome. Exit code: 0 if you are signed in, 1 if not. Ctrl-C calls it off.')
    .action(async ({ device }: { device?: true }) => {
      const { askAgent } = await import('./ask-agent.ts');
      const stop = stopSignal();
      await askAgent(async (client) => {
        await (device ? byDevice(client) : byBrowser(client));
        const { user, org } = await outcome(client, stop);
        printLine(`${user.name ?? user.sub} is signed in to ${org}.`);
      });
    });

  program
    .command('sign-out')
    .description('sign out on this machine')
    .action(async () => {
      const { askAgent } = await import('./ask-agent.ts');
      const { managed } = await askAgent(async (client) => {
        await client.call('session.signOut', {});
        return client.call('snapshot.get', {});
      });
      printLine('You are signed out.');
      if (managed?.verdict !== 'present') return;
      printLine(
        `All pulls are refused until a member of ${nameList(managed.allowedOrgs, 'disjunction', wordsFor('en', 'en'))} signs in.`,
      );
    });
}

async function byDevice(client: IpcClient): Promise<void> {
  const code = await client.call('session.signInByDevice', {});
  printLine('On any device with a browser, open');
  printLine(`  ${code.verificationUri}`);
  printLine(`and enter the code  ${code.userCode}`);
  if (code.verificationUriComplete !== undefined) printLine(`Or open ${code.verificationUriComplete}`);
  printLine(
    `It is good until ${wordsFor('en', 'en').time.exact(code.expiresAt)}. Enter no code that somebody sent you.`,
  );
}

async function byBrowser(client: IpcClient): Promise<void> {
  const { authorizationUrl, opened } = await client.call('session.signIn', { opener: 'agent' });
  if (opened) {
    printLine('Go on in the browser that has been opened.');
    return;
  }
  printLine('Open this address in a browser on this machine (elsewhere, use --device):');
  printLine(`  ${authorizationUrl}`);
}

type SignedIn = Extract<SessionState, { kind: 'signed-in' }>;

/** Asks, rather than listens, so that an agent that goes away is noticed. @throws ProblemError why it came to nothing */
async function outcome(client: IpcClient, stop: AbortSignal): Promise<SignedIn> {
  for (;;) {
    const { session } = await client.call('snapshot.get', {});
    if (session !== null && !isSigningIn(session)) {
      if (session.kind === 'signed-in') return session;
      throw new ProblemError(('problem' in session && session.problem) || CALLED_OFF);
    }
    await pause(LOOK_EVERY_MS, undefined, { signal: stop }).catch(() => undefined);
    if (stop.aborted) {
      await client.call('session.cancelSignIn', {});
      throw new ProblemError(CALLED_OFF);
    }
  }
}

const CALLED_OFF = {
  code: 'sign-in-cancelled',
  message: 'Sign-in was called off.',
  next: 'Run portcullis sign-in again when you are ready.',
};
