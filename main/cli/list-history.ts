import { describeChange } from '../../shared/lists/describe-change.ts';
import { RevisionsPage, SavedSettings } from '../../shared/schemas/hub/registry-access.ts';
import { RegistryAccessSettingsAnswer } from '../../shared/schemas/hub-schema.ts';
import { printChanges, SETTINGS } from './apply-list.ts';
import { asOwner, type Where } from './as-owner.ts';
import { english } from './english.ts';
import { printJson, printLine } from './print.ts';

const SHOWN = 20;
const REVISIONS = 'registry-access/revisions';

/** The latest revisions: who made them, when, and what they changed. @throws ProblemError of `asOwner` */
export async function showHistory(where: Where, json: boolean): Promise<void> {
  await asOwner(
    where,
    async ({ ask }) => {
      const { value } = await ask(RevisionsPage, `${REVISIONS}?limit=${SHOWN}`);
      if (json) return printJson(value);
      for (const { revision, at, by, registries, changes, kept } of value.items) {
        const when = at === null ? 'at an unknown time' : english.time.exact(Date.parse(at));
        const what = changes.map(describeChange).join(', ') || english.panel.registries.found(registries);
        printLine(`${revision}  ${when}  ${by ?? 'somebody'}: ${what}${kept ? '' : ' (list no longer kept)'}`);
      }
    },
    json,
  );
}

/** Saves the settings of an earlier revision as a new one. @throws ProblemError of `asOwner` */
export async function undoTo(where: Where, revision: number): Promise<void> {
  await asOwner(where, async ({ org, ask }) => {
    const current = await ask(RegistryAccessSettingsAnswer, SETTINGS);
    const { value } = await ask(SavedSettings, `${REVISIONS}/${revision}/restore`, {
      method: 'POST',
      ifMatch: current.etag ?? '',
    });
    const { changes = [] } = value;
    if (changes.length === 0) {
      printLine(`No difference: ${org} stays at revision ${value.revision}.`);
      return;
    }
    printChanges(changes.filter(({ kind }) => kind !== 'restored'));
    printLine(`Saved revision ${value.revision} of ${org}, which is revision ${revision} again.`);
    printLine(`To undo: portcullis hub undo ${current.value.revision}`);
  });
}
