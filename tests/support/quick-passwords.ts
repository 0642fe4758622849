import crypto, { type BinaryLike, type ScryptOptions } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

/**
 * Loaded into a hub before its own code (`--import`): each password takes half a second of a processor, at a start and at a sign-in, which
 * is what they are for. `unit/hub/sign-in/password` checks the cost; hubs of the tests believe that it was paid.
 */
const { scrypt } = crypto;
type Done = (error: Error | null, key: Buffer) => void;
const cheap = (password: BinaryLike, salt: BinaryLike, length: number, options: ScryptOptions, done: Done): void =>
  scrypt(password, salt, length, { ...options, N: 16, p: 1 }, done);
crypto.scrypt = cheap as typeof scrypt;
syncBuiltinESMExports();
