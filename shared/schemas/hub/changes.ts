import { z } from 'zod';
import { PolicyMode } from '../../policy/schema.ts';

/** What a grant says beside its address. */
export const GrantTerms = z.object({
  nickname: z.string().optional(),
  /** RFC 3339. */
  until: z.string().optional(),
  teams: z.array(z.string()).optional(),
});
export type GrantTerms = z.infer<typeof GrantTerms>;

const SupportTold = z.object({ text: z.string().optional(), url: z.string().optional() });

/** One difference between two settings, or what a revision did. */
export const SettingsChange = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('restored'), revision: z.number().int() }),
  z.object({ kind: z.literal('restrictions'), on: z.boolean() }),
  z.object({ kind: z.literal('mode'), from: PolicyMode, to: PolicyMode }),
  /** RFC 3339. */
  z.object({ kind: z.literal('enforce-from'), from: z.string().nullable(), to: z.string().nullable() }),
  z.object({ kind: z.literal('contact'), from: z.string().nullable(), to: z.string().nullable() }),
  z.object({ kind: z.literal('added'), address: z.string(), nickname: z.string().optional() }),
  z.object({ kind: z.literal('removed'), address: z.string(), nickname: z.string().optional() }),
  z.object({
    kind: z.literal('renamed'),
    address: z.string(),
    from: z.string().nullable(),
    to: z.string().nullable(),
  }),
  z.object({ kind: z.literal('reordered') }),
  z.object({ kind: z.literal('grant-added'), address: z.string(), ...GrantTerms.shape }),
  z.object({ kind: z.literal('grant-removed'), address: z.string(), ...GrantTerms.shape }),
  /** It had expired, and this revision dropped it. */
  z.object({ kind: z.literal('grant-over'), address: z.string(), ...GrantTerms.shape }),
  z.object({ kind: z.literal('grant-changed'), address: z.string(), from: GrantTerms, to: GrantTerms }),
  /** What to use instead; null for nothing. */
  z.object({ kind: z.literal('hint'), address: z.string(), from: z.string().nullable(), to: z.string().nullable() }),
  z.object({ kind: z.literal('requests'), on: z.boolean() }),
  z.object({ kind: z.literal('support'), from: SupportTold.nullable(), to: SupportTold.nullable() }),
  /** Lines of a long list that are only counted. */
  z.object({
    ...{ kind: z.literal('more'), added: z.number(), removed: z.number(), renamed: z.number() },
    /** Changes of grants and hints. */
    others: z.number().optional(),
  }),
]);
export type SettingsChange = z.infer<typeof SettingsChange>;

/** Changes of a neighbouring version that has other kinds: those that are known. */
export const SettingsChanges = z.array(z.unknown()).transform((changes) =>
  changes.flatMap((one) => {
    const parsed = SettingsChange.safeParse(one);
    return parsed.success ? [parsed.data] : [];
  }),
);

/** How many lines of the list changed. */
export const ChangeCounts = z.object({ added: z.number(), removed: z.number(), renamed: z.number() });
export type ChangeCounts = z.infer<typeof ChangeCounts>;
