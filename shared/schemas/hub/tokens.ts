import { z } from 'zod';
import { isOneLine } from '../../printable.ts';

/** How every token of a pipeline begins, so that scanners for secrets can find one that leaked. */
export const TOKEN_PREFIX = 'portcullis_pipeline_';

/** `apply` includes `read`. */
export const TokenRights = z.enum(['read', 'apply']);
export type TokenRights = z.infer<typeof TokenRights>;

/** `POST /v1/orgs/{org}/tokens` */
export const TokenRequest = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/)
    .refine(isOneLine),
  rights: TokenRights,
  days: z.number().int().min(1).max(366),
});
export type TokenRequest = z.infer<typeof TokenRequest>;

export const PipelineToken = z.object({
  id: z.string(),
  name: z.string(),
  rights: TokenRights,
  /** User name. */
  createdBy: z.string(),
  /** RFC 3339. */
  createdAt: z.string(),
  expiresAt: z.string(),
  lastUsed: z.string().nullable(),
  /** `ended`: whoever created it is no owner any more. */
  state: z.enum(['active', 'expired', 'ended']),
});
export type PipelineToken = z.infer<typeof PipelineToken>;

/** `GET …/tokens`, newest first. */
export const PipelineTokens = z.object({ items: z.array(PipelineToken) });

/** The answer to `POST`: the only time that the token itself is told. */
export const CreatedToken = PipelineToken.extend({ token: z.string() });
export type CreatedToken = z.infer<typeof CreatedToken>;
