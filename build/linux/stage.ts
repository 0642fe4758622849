import {
  chmodSync,
  cpSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import { completionScript, zshFunction } from '../../main/cli/completion.ts';
import { createProgram } from '../../main/cli/program.ts';
import { manPage } from './man-page.ts';
import { gatewayManual } from './manuals.ts';

export const MAINTAINER = 'The Portcullis authors <packages@portcullis.example>';

/** One release of the packages. */
export interface Release {
  readonly version: string;
  /** Seconds since 1970: the date of everything in it, so that the same checkout gives the same bytes. */
  readonly epoch: number;
}

/** A folder that is laid out like the root of a machine. */
export interface Stage {
  /** Puts a file of this checkout, a folder of files, or text. */
  file(path: string, from: string, mode?: number): void;
  folder(path: string, from: string): void;
  text(path: string, content: string | Uint8Array, mode?: number): void;
  link(path: string, to: string): void;
  empty(path: string): void;
}

export function createStage(root: string): Stage {
  const placeFor = (path: string): string => {
    const place = join(root, path);
    mkdirSync(dirname(place), { recursive: true, mode: 0o755 });
    return place;
  };
  const stage: Stage = {
    file: (path, from, mode = 0o644) => stage.text(path, readFileSync(from), mode),
    folder(path, from) {
      cpSync(from, placeFor(path), { recursive: true });
      for (const entry of readdirSync(join(root, path), { recursive: true, withFileTypes: true })) {
        chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
      }
    },
    text(path, content, mode = 0o644) {
      writeFileSync(placeFor(path), content);
      chmodSync(join(root, path), mode);
    },
    link: (path, to) => symlinkSync(to, placeFor(path)),
    empty: (path) => void mkdirSync(join(root, path), { recursive: true, mode: 0o755 }),
  };
  return stage;
}

/** As distributions want it. @param command that it describes */
export function compressManual(stage: Stage, root: string, command: string): void {
  const page = `usr/share/man/man1/${command}.1`;
  stage.text(`${page}.gz`, gzip(readFileSync(join(root, page))));
  rmSync(join(root, page));
}

/** Without a date or a name in it. */
export function gzip(content: string | Uint8Array): Uint8Array {
  return gzipSync(content, { level: constants.Z_BEST_COMPRESSION });
}

/** Gives everything below `root` one date, which ends up in the package. */
export function setDates(root: string, epoch: number): void {
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    lutimesSync(join(entry.parentPath, entry.name), epoch, epoch);
  }
  lutimesSync(root, epoch, epoch);
}

/** The units of the gateway's package, below build/. The list shows engines that nobody has attached. */
export const GATEWAY_UNITS = [
  'portcullis-gateway.service',
  'portcullis-engine-list.service',
  'portcullis-engine-list.timer',
];

/**
 * Everything of the gateway's package that is the same in every format.
 *
 * @param program as `buildProgram` left it
 * @param zshPlace the distribution's folder for zsh's functions
 */
export async function stageGateway(
  stage: Stage,
  checkout: string,
  program: string,
  { version, epoch }: Release,
  zshPlace: string,
): Promise<void> {
  const own = (name: string) => join(checkout, 'build/linux/gateway', name);
  stage.file('usr/lib/portcullis/portcullis', join(program, 'portcullis'), 0o755);
  stage.file('usr/lib/portcullis/koffi.node', join(program, 'koffi.node'));
  stage.folder('usr/lib/portcullis/panel', join(program, 'panel'));
  stage.link('usr/bin/portcullis', '../lib/portcullis/portcullis');
  stage.empty('etc/portcullis');
  stage.file('usr/lib/systemd/user/portcullis-agent.service', join(checkout, 'build/portcullis-agent.service'));
  stage.file('usr/lib/systemd/system-preset/50-portcullis-gateway.preset', own('preset'));
  stage.file('usr/lib/sysusers.d/portcullis-gateway.conf', own('sysusers'));
  stage.file('usr/lib/tmpfiles.d/portcullis-gateway.conf', own('tmpfiles'));
  stage.file('usr/share/doc/portcullis-gateway/licenses.md', join(program, 'licenses.md'));

  const commands = await createProgram('', []);
  const completions = {
    bash: 'usr/share/bash-completion/completions/portcullis',
    fish: 'usr/share/fish/vendor_completions.d/portcullis.fish',
  } as const;
  for (const [shell, path] of Object.entries(completions) as [keyof typeof completions, string][]) {
    stage.text(path, `${completionScript(commands, shell)}\n`);
  }
  stage.text(`${zshPlace}/_portcullis`, `${zshFunction(commands)}\n`);
  const date = new Date(epoch * 1000).toISOString().slice(0, 10);
  stage.text('usr/share/man/man1/portcullis.1', manPage(commands, gatewayManual, version, date));
}
