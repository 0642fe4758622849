import { z } from 'zod';
import { isOneLine } from '../printable.ts';

export const MAX_GRANTS = 10_000;
export const MAX_HINTS = 1000;

/** Seconds since 1970, as in RFC 7519 section 2 (NumericDate), whole. */
export const NumericDate = z.number().int().min(0).max(8_640_000_000_000);

const Address = z.string().min(1).max(512);
const line = (maximum: number) => z.string().min(1).max(maximum).refine(isOneLine);

/** As the hub or the identity provider spells it; compared character by character. */
export const TeamName = line(255);

/**
 * What is allowed beside the list: before `until`, for members of one of `teams`, or both. Strict, because whatever is not understood might
 * be a condition: a grant with an unknown member, or with neither condition, allows nothing.
 */
export const PolicyGrant = z
  .strictObject({
    /** By the grammar in hosts/address.ts; brings the same companions as a line of the list. */
    address: Address,
    nickname: z.string().max(200).refine(isOneLine).optional(),
    until: NumericDate.optional(),
    teams: z.array(TeamName).min(1).max(1000).optional(),
  })
  .refine(({ until, teams }) => until !== undefined || teams !== undefined);
export type PolicyGrant = z.infer<typeof PolicyGrant>;

/** What to use in place of a registry. Told where it is blocked; decides nothing. */
export const PolicyHint = z.object({ address: Address, use: line(200) });
export type PolicyHint = z.infer<typeof PolicyHint>;

/** Who helps. Told where a registry is blocked; decides nothing. */
export const PolicySupport = z.object({
  text: line(200).optional().catch(undefined),
  url: z
    .url({ protocol: /^https$/ })
    .max(2048)
    .refine(isOneLine)
    .optional()
    .catch(undefined),
});
export type PolicySupport = z.infer<typeof PolicySupport>;

/** The entries of a claim that can be read, and how many there are beside them. Nothing in such a claim rejects a policy. */
export function readableEntries<T>(
  claim: unknown,
  entry: z.ZodType<T>,
  maximum: number,
): { entries: T[]; unreadable: number } {
  if (claim === undefined) return { entries: [], unreadable: 0 };
  if (!Array.isArray(claim)) return { entries: [], unreadable: 1 };
  const entries = claim.slice(0, maximum).flatMap((each: unknown) => {
    const parsed = entry.safeParse(each);
    return parsed.success ? [parsed.data] : [];
  });
  return { entries, unreadable: claim.length - entries.length };
}

/** A claim that is a list, without the entries that cannot be read; undefined where none can. */
export function readableList<T>(entry: z.ZodType<T>, maximum: number) {
  return z
    .unknown()
    .transform((claim) => {
      const { entries } = readableEntries(claim, entry, maximum);
      return entries.length === 0 ? undefined : entries;
    })
    .optional();
}
