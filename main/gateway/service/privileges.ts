import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';

export interface User {
  name: string;
  uid: number;
  gid: number;
}

/** @param passwd the text of passwd(5). @throws ProblemError `gateway-user-unknown`. */
export function findUser(passwd: string, name: string): User {
  for (const line of passwd.split('\n')) {
    const [found, , uid, gid] = line.split(':');
    if (found === name && /^\d+$/.test(uid ?? '') && /^\d+$/.test(gid ?? '')) {
      return { name, uid: Number(uid), gid: Number(gid) };
    }
  }
  throw new ProblemError(problem('gateway-user-unknown', { user: name }));
}

/** Becomes `user` for good, in all threads, without any capability. @throws if any privilege is left. */
export function dropPrivileges({ uid, gid }: User): void {
  if (!process.setgroups || !process.setgid || !process.setuid)
    throw new Error('this platform has no users to change to');
  process.setgroups([gid]);
  process.setgid(gid);
  process.setuid(uid);
  if (process.geteuid?.() !== uid || process.getuid?.() !== uid || process.getegid?.() !== gid) {
    throw new Error('privileges were not dropped');
  }
  if (uid !== 0) {
    try {
      process.setuid(0);
    } catch {
      return;
    }
    throw new Error('privileges could be regained');
  }
}
