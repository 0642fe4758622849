import { hubAndOrganization, type Where } from './as-owner.ts';
import { english } from './english.ts';
import { followNetwork } from './follow-network.ts';
import { keptUntil, ownerSession } from './owner-session.ts';
import { revokeToken, signInAsOwner } from './owner-sign-in.ts';
import { printLine } from './print.ts';

/** Signs in and keeps it for the commands of the next fifteen minutes. @throws ProblemError as `asOwner`. */
export async function keepOwnerSignedIn(where: Where): Promise<void> {
  const { hub, org } = await hubAndOrganization(where);
  await followNetwork();
  await forgetOwner();
  const signIn = await signInAsOwner(hub, { quiet: false });
  const until = keptUntil(signIn, Date.now());
  await ownerSession(process.env).keep(hub, signIn.token, until);
  printLine(
    `Signed in to ${hub} until ${english.time.exact(until)}, for commands about ${org} and other organizations there.`,
  );
  printLine('To end it earlier: portcullis hub sign-out');
}

/** Ends what `keepOwnerSignedIn` began, here and at the hub. */
export async function forgetOwner(): Promise<boolean> {
  const session = ownerSession(process.env);
  const kept = await session.current(Date.now());
  await session.forget();
  await followNetwork();
  if (kept !== null) await revokeToken(kept.hub, kept.token);
  return kept !== null;
}
