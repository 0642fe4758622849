import { ProblemError } from '../../../shared/problems/problem.ts';

export interface User {
  name: string;
  uid: number;
  gid: number;
}

/** @param passwd the text of passwd(5). @throws ProblemError `bad-config`. */
export function userIn(passwd: string, name: string): User {
  for (const line of passwd.split('\n')) {
    const [found, , uid, gid] = line.split(':');
    if (found === name && /^\d+$/.test(uid ?? '') && /^\d+$/.test(gid ?? '')) {
      return { name, uid: Number(uid), gid: Number(gid) };
    }
  }
  throw new ProblemError({
    code: 'bad-config',
    message: `There is no user "${name}" on this machine, whom the gateway could become.`,
    next: `Make one: useradd --system --no-create-home --shell /usr/sbin/nologin ${name}`,
  });
}

/** For good, in all threads, with all capabilities. @throws if anything of the privileges is left. */
export function become({ uid, gid }: User): void {
  if (!process.setgroups || !process.setgid || !process.setuid) throw new Error('no users on this platform');
  process.setgroups([gid]);
  process.setgid(gid);
  process.setuid(uid);
  if (process.geteuid?.() !== uid || process.getuid?.() !== uid || process.getegid?.() !== gid) {
    throw new Error('privileges are left');
  }
  if (uid !== 0) {
    try {
      process.setuid(0);
    } catch {
      return;
    }
    throw new Error('privileges can be had back');
  }
}
