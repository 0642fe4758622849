import { z } from 'zod';
import { CreatedToken, PipelineTokens, type TokenRights } from '../../shared/schemas/hub/tokens.ts';
import { writeFileAtomic } from '../platform/fs/atomic-file.ts';
import { asOwner, type Where } from './as-owner.ts';
import { english } from './english.ts';
import { printable, printJson, printLine } from './print.ts';

export interface TokenWanted {
  name: string;
  rights: TokenRights;
  days: number;
  /** Where to write it instead of printing it. */
  out?: string | undefined;
}

/** @throws ProblemError of `asOwner` */
export async function listTokens(where: Where, json: boolean): Promise<void> {
  await asOwner(
    where,
    async ({ org, ask }) => {
      const { value } = await ask(PipelineTokens, 'tokens');
      if (json) return printJson(value);
      if (value.items.length === 0) printLine(`${org} has no tokens.`);
      for (const { id, name, rights, state, createdBy, expiresAt, lastUsed } of value.items) {
        const used = lastUsed === null ? 'never used' : `last used ${english.time.exact(Date.parse(lastUsed))}`;
        const until = `${state === 'active' ? 'until' : `${state}, was until`} ${english.time.exact(Date.parse(expiresAt))}`;
        printLine(`${id}  ${name}  ${rights}  ${until}  by ${createdBy}, ${used}`);
      }
    },
    json,
  );
}

/** @throws ProblemError of `asOwner`, `cannot-write` */
export async function createToken(where: Where, { out, ...wanted }: TokenWanted): Promise<void> {
  await asOwner(
    where,
    async ({ org, ask }) => {
      const { value } = await ask(CreatedToken, 'tokens', { method: 'POST', body: wanted });
      const until = english.time.exact(Date.parse(value.expiresAt));
      if (out === undefined) {
        printLine(value.token);
        say(
          'It is shown only this once. Keep it as a secret of your pipeline (PORTCULLIS_TOKEN or PORTCULLIS_TOKEN_FILE).',
        );
      } else {
        await writeFileAtomic(out, `${value.token}\n`);
      }
      say(
        `Token ${value.id} may ${value.rights === 'apply' ? 'read and apply' : 'read'} the list of ${org} until ${until}.`,
      );
      say('It ends earlier when it is deleted, or when you are no longer an owner.');
    },
    true,
  );
}

/** @throws ProblemError of `asOwner` */
export async function deleteToken(where: Where, id: string): Promise<void> {
  await asOwner(where, async ({ ask }) => {
    await ask(z.null(), `tokens/${encodeURIComponent(id)}`, { method: 'DELETE' });
    printLine(`Token ${id} has ended.`);
  });
}

/** Standard output is the token's own. */
function say(line: string): void {
  process.stderr.write(`${printable(line)}\n`);
}
