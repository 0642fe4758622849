import { wordsFor } from '../../shared/messages/words.ts';
import { OrganizationKeys } from '../../shared/schemas/hub-schema.ts';
import { asOwner, type Where } from './as-owner.ts';
import { printLine } from './print.ts';

const KEYS = 'policy-keys';

/** First half: the successor is published, and signs nothing yet. @throws ProblemError for whatever the hub refuses. */
export async function announceKey(where: Where): Promise<void> {
  await asOwner(where, async ({ org, ask }) => {
    const { value } = await ask(OrganizationKeys, KEYS, { method: 'POST' });
    const successor = value.keys.find(({ state }) => state === 'announced')?.kid ?? '';
    printLine(`The next key of ${org} is announced, and signs nothing yet:`);
    printLine(`  ${successor}`);
    printLine('1. Pin it beside the present one on every machine that is managed:');
    printLine('   portcullis managed-config create --pin … fetches both and prints their thumbprints.');
    printLine('2. When all have it, sign with it:');
    printLine(`   portcullis hub rotate-key --use ${successor}`);
  });
}

/** Second half: it signs, and the one before is kept for as long as anything that it signed is good. @throws ProblemError as above */
export async function signWithKey(where: Where, kid: string): Promise<void> {
  await asOwner(where, async ({ org, ask }) => {
    const { value } = await ask(OrganizationKeys, `${KEYS}/signing`, { method: 'PUT', body: { kid } });
    printLine(`${kid} signs for ${org} from now on.`);
    const time = wordsFor('en', 'en').time;
    for (const { kid: old, state, until } of value.keys) {
      if (state !== 'retiring' || until === null) continue;
      printLine(
        `${old} is published until ${time.exact(Date.parse(until))}. Leave it pinned until then, and take it out after.`,
      );
    }
  });
}
