import { describe, expect, it } from 'vitest';
import { isLocal } from '../../../../main/platform/fs/is-local.ts';

describe.runIf(process.platform === 'linux')('a file system', () => {
  it('that one kernel writes to is local', () => expect(isLocal('/dev/shm')).toBe(true));
  it('of another kind is not', () => expect(isLocal('/proc')).toBe(false));
  it('that cannot be looked at is not', () => expect(isLocal('/dev/shm/absent')).toBe(false));
  it('is not on a system where nothing is known of it', () => expect(isLocal('/dev/shm', 'darwin')).toBe(false));
});
