import { config } from 'zod';

/**
 * Imported first: zod otherwise compiles its parsers with `new Function`, which the page's content security policy
 * forbids, and each attempt would be reported as a violation.
 */
config({ jitless: true });
