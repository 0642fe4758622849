import { parseAddress } from '../../shared/hosts/address.ts';
import { RegistryAccessSettingsAnswer } from '../../shared/hub-schema.ts';
import type { RegistryEntry } from '../../shared/policy/schema.ts';
import { ProblemError } from '../../shared/problem.ts';
import { asOwner, type Where } from './as-owner.ts';
import { printLine } from './print.ts';

/** @throws ProblemError for an address that is none, and for whatever the hub refuses. */
export async function allowRegistry(where: Where, text: string, nickname: string | undefined): Promise<void> {
  const address = addressOf(text);
  await change(where, (registries) => {
    const listed = registries.find((entry) => entry.address === address);
    if (listed !== undefined && (nickname === undefined || nickname === listed.nickname)) {
      return { unchanged: `${address} is on the list already` };
    }
    const entry: RegistryEntry = { address, ...(nickname === undefined ? {} : { nickname }) };
    return listed === undefined ? [...registries, entry] : registries.map((each) => (each === listed ? entry : each));
  });
}

/** @throws ProblemError as `allowRegistry`. */
export async function disallowRegistry(where: Where, text: string): Promise<void> {
  const address = addressOf(text);
  await change(where, (registries) => {
    const others = registries.filter((entry) => entry.address !== address);
    return others.length < registries.length ? others : { unchanged: `${address} is not on the list` };
  });
}

function addressOf(text: string): string {
  const judged = parseAddress(text);
  if (!judged.ok) throw new ProblemError(judged.problem);
  return judged.value.text;
}

type Edit = (registries: RegistryEntry[]) => RegistryEntry[] | { unchanged: string };

const SETTINGS = 'registry-access/settings';

async function change(where: Where, edit: Edit): Promise<void> {
  await asOwner(where, async ({ org, ask }) => {
    const { value, etag } = await ask(RegistryAccessSettingsAnswer, SETTINGS);
    const { revision: before, ...content } = value;
    const edited = edit(content.registries);
    if ('unchanged' in edited) {
      printLine(`${edited.unchanged}: revision ${before} of ${org} stays as it is.`);
      return;
    }
    const body = { ...content, registries: edited };
    const saved = await ask(RegistryAccessSettingsAnswer, SETTINGS, { method: 'PUT', body, ifMatch: etag ?? '' });
    printLine(`Saved: revision ${saved.value.revision} of ${org}, ${saved.value.registries.length} registries.`);
  });
}
