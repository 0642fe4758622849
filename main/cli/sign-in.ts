import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { nameList } from '../../shared/messages/name-list.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import type { IpcClient } from '../../shared/schemas/ipc.ts';
import type { SessionState } from '../../shared/state/inputs.ts';
import { isSigningIn, signingInUntil } from '../../shared/state/session.ts';
import { stopSignal } from '../platform/process/stop-signal.ts';
import { english } from './english.ts';
import { printLine } from './print.ts';
import { sayIfSlow } from './say-if-slow.ts';

const POLL_MS = 500;

const ASKING = 'Asking the sign-in server.';

/** `portcullis sign-in` and `portcullis sign-out`: the panel's buttons, also without a browser. */
export function addSignInCommands(program: Command): void {
  program
    .command('sign-in')
    .description('sign in to your organization')
    .option('--continue', 'continue the sign-in that is in progress, wherever it was started')
    .option('--device', 'sign in with a code that you enter in a browser on another device: for servers and SSH')
    .addHelpText(
      'after',
      '\nStarts anew, also while a sign-in is in progress. Waits until you have signed in; press Ctrl-C to cancel. Exit code: 0 if you are signed in, 1 if not.',
    )
    .action(async ({ device, continue: continued }: { device?: true; continue?: true }) => {
      const { askAgent } = await import('./ask-agent.ts');
      const stop = stopSignal();
      await askAgent(async (client) => {
        await (continued ? goOn(client) : device ? byDevice(client) : byBrowser(client));
        const { user, org } = await signInOutcome(client, stop);
        printLine(`Signed in to ${org} as ${user.name ?? user.sub}.`);
      });
    });

  program
    .command('sign-out')
    .description('sign out on this machine')
    .action(async () => {
      const { askAgent } = await import('./ask-agent.ts');
      const { managed } = await askAgent(async (client) => {
        await sayIfSlow('Signing out.', client.call('session.signOut', {}));
        return client.call('snapshot.get', {});
      });
      printLine('Signed out.');
      if (managed?.verdict !== 'present') return;
      printLine(
        `All pulls are blocked until a member of ${nameList(managed.allowedOrgs, 'disjunction', english)} signs in.`,
      );
    });
}

async function byDevice(client: IpcClient): Promise<void> {
  const code = await sayIfSlow(ASKING, client.call('session.signInByDevice', {}));
  printLine('On any device with a browser, open');
  printLine(`  ${code.verificationUri}`);
  printLine(`and enter the code  ${code.userCode}`);
  if (code.verificationUriComplete !== undefined) printLine(`Or open ${code.verificationUriComplete}`);
  printLine(`It expires at ${english.time.exact(code.expiresAt)}. Never enter a code someone else sent you.`);
}

async function goOn(client: IpcClient): Promise<void> {
  const { address, userCode, opened } = await client.call('session.continueSignIn', { opener: 'agent' });
  if (opened) printLine('Finish signing in in your browser.');
  else {
    printLine('Open this address in a browser:');
    printLine(`  ${address}`);
  }
  if (userCode !== null) printLine(`The code is  ${userCode}`);
  await printEnd(client);
}

/** When the agent stops waiting. */
async function printEnd(client: IpcClient): Promise<void> {
  const until = signingInUntil((await client.call('snapshot.get', {})).session);
  if (until !== null) printLine(`It expires at ${english.time.exact(until)}.`);
}

async function byBrowser(client: IpcClient): Promise<void> {
  const { authorizationUrl, opened } = await sayIfSlow(ASKING, client.call('session.signIn', { opener: 'agent' }));
  if (opened) {
    printLine('Finish signing in in your browser.');
    return printEnd(client);
  }
  printLine('Open this address in a browser on this machine (on another device, use --device):');
  printLine(`  ${authorizationUrl}`);
  await printEnd(client);
}

type SignedIn = Extract<SessionState, { kind: 'signed-in' }>;

/** Polls, so that an agent that stops is noticed. @throws ProblemError why the sign-in failed */
async function signInOutcome(client: IpcClient, stop: AbortSignal): Promise<SignedIn> {
  for (;;) {
    const { session } = await client.call('snapshot.get', {});
    if (session !== null && !isSigningIn(session)) {
      if (session.kind === 'signed-in') return session;
      throw new ProblemError(('problem' in session && session.problem) || problem('sign-in-cancelled'));
    }
    await pause(POLL_MS, undefined, { signal: stop }).catch(() => undefined);
    if (stop.aborted) {
      await client.call('session.cancelSignIn', {});
      throw new ProblemError(problem('sign-in-cancelled'));
    }
  }
}
