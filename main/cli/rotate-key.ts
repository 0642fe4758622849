import { OrganizationKeys } from '../../shared/schemas/hub-schema.ts';
import { asOwner, type Where } from './as-owner.ts';
import { english } from './english.ts';
import { printLine } from './print.ts';

const KEYS = 'policy-keys';

/** First half: the next key is published, but does not sign yet. @throws ProblemError of `asOwner`. */
export async function announceKey(where: Where): Promise<void> {
  await asOwner(where, async ({ org, ask }) => {
    const { value } = await ask(OrganizationKeys, KEYS, { method: 'POST' });
    const successor = value.keys.find(({ state }) => state === 'announced')?.kid ?? '';
    printLine(`The next signing key of ${org} is announced. It does not sign yet:`);
    printLine(`  ${successor}`);
    printLine('1. Pin it next to the current key on every managed machine:');
    printLine('   portcullis managed-config create --pin … fetches both keys and prints their thumbprints.');
    printLine('2. When every machine has it, start signing with it:');
    printLine(`   portcullis hub rotate-key --use ${successor}`);
  });
}

/** Second half: the next key signs. The previous one stays published until everything it signed has expired. @throws ProblemError of `asOwner`. */
export async function signWithKey(where: Where, kid: string): Promise<void> {
  await asOwner(where, async ({ org, ask }) => {
    const { value } = await ask(OrganizationKeys, `${KEYS}/signing`, { method: 'PUT', body: { kid } });
    printLine(`${kid} now signs for ${org}.`);
    const time = english.time;
    for (const { kid: old, state, until } of value.keys) {
      if (state !== 'retiring' || until === null) continue;
      printLine(
        `${old} stays published until ${time.exact(Date.parse(until))}. Keep it pinned until then, and remove it afterwards.`,
      );
    }
  });
}
