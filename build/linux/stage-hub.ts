import { join } from 'node:path';
import { createHubProgram } from '../../main/cli/hub-program.ts';
import { manPage } from './man-page.ts';
import { hubManual } from './manuals.ts';
import type { Release, Stage } from './stage.ts';

/** Everything of the hub's package that is the same in every format. @param program as `buildHubProgram` left it */
export function stageHub(stage: Stage, checkout: string, program: string, { version, epoch }: Release): void {
  const own = (name: string) => join(checkout, 'build/linux/hub', name);
  const doc = 'usr/share/doc/portcullis-hub';
  stage.file('usr/lib/portcullis-hub/portcullis-hub', join(program, 'portcullis-hub'), 0o755);
  stage.folder('usr/lib/portcullis-hub/dashboard', join(program, 'dashboard'));
  stage.link('usr/bin/portcullis-hub', '../lib/portcullis-hub/portcullis-hub');
  stage.empty('etc/portcullis');
  stage.file('usr/lib/systemd/system-preset/50-portcullis-hub.preset', own('preset'));
  stage.file('usr/lib/sysusers.d/portcullis-hub.conf', own('sysusers'));
  stage.file('usr/lib/tmpfiles.d/portcullis-hub.conf', own('tmpfiles'));
  stage.file(`${doc}/licenses.md`, join(program, 'licenses.md'));
  stage.file(`${doc}/hub-api.md`, join(checkout, 'docs/hub-api.md'));
  for (const name of ['hub.json', 'nginx.conf', 'Caddyfile']) stage.file(`${doc}/examples/${name}`, own(name));
  const date = new Date(epoch * 1000).toISOString().slice(0, 10);
  stage.text('usr/share/man/man1/portcullis-hub.1', manPage(createHubProgram(''), hubManual, version, date));
}
