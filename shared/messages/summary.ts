import type { Snapshot } from '../schemas/snapshot.ts';
import { describeState, organizationOf, titleOf } from './describe-state.ts';
import { holdText } from './hold-text.ts';
import type { Words } from './words.ts';

/** What is asked first on the phone or in a ticket, in six lines of plain text and one for each engine that is known. */
export function summaryText(snapshot: Snapshot, now: number, words: Words): string {
  const { time } = words;
  const { summary, nothing } = words.panel;
  const text = describeState(snapshot, now, words);
  const policy = snapshot.policy === null || snapshot.policy.kind === 'none' ? null : snapshot.policy.policy;
  const ends = snapshot.policy?.kind === 'expired' ? summary.expired : summary.until;
  const policyLine =
    policy === null
      ? nothing
      : [
          words.panel.policy.revision(policy.revision),
          policy.digest.slice(0, 12),
          `${ends} ${time.exact(policy.exp * 1000)}`,
        ].join(' · ');
  const proven = snapshot.filter?.kind === 'verified' ? time.exact(snapshot.filter.at) : nothing;
  const synced = snapshot.sync.lastContact === null ? nothing : time.exact(snapshot.sync.lastContact);
  const shortId = snapshot.reporting?.shortId ?? null;
  const identifier = shortId === null ? '' : ` · ${words.reporting.identifier} ${shortId}`;
  return [
    `${summary.state}: ${snapshot.state.code} · ${titleOf(text)}`,
    `${summary.why}: ${text.sentence}`,
    `${summary.organization}: ${organizationOf(snapshot) || nothing} · ${summary.setIn} ${snapshot.managed?.source ?? nothing}`,
    `${summary.policy}: ${policyLine}`,
    `${summary.lastSync}: ${synced} · ${summary.proven}: ${proven}`,
    `${words.state.product} ${snapshot.version} · ${summary.report} ${snapshot.reportId}${identifier} · ${snapshot.engine.name} · ${time.exact(now)}`,
    ...snapshot.engines.map((engine) => holdText(engine, words)),
  ].join('\n');
}
