import { z } from 'zod';
import { PolicyMode } from '../../policy/schema.ts';

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
  /** Lines of a long list that are only counted. */
  z.object({ kind: z.literal('more'), added: z.number(), removed: z.number(), renamed: z.number() }),
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
