import { describe, expect, it } from 'vitest';
import { isWslKernel, kernelBand } from '../../../../main/agent/diagnostics/machine/kernel-band.ts';
import { decodeWslOutput, wslDistributions, wslKernel } from '../../../../main/agent/diagnostics/machine/wsl.ts';

/** Outputs of real machines, as their owners reported them: in a thread where one is named, else in notes in public repositories. */
const RECORDED: { what: string; source?: string; output: string; kernel: string | null }[] = [
  {
    what: 'English, WSL 1.2.5',
    source: 'https://github.com/dorssel/usbipd-win/issues/727',
    output: `WSL version: 1.2.5.0
Kernel version: 5.15.90.1
WSLg version: 1.0.51
MSRDC version: 1.2.3770
Direct3D version: 1.608.2-61064218
DXCore version: 10.0.25131.1002-220531-1700.rs-onecore-base2-hyp
Windows version: 10.0.19045.3393
`,
    kernel: '5.15.90.1',
  },
  {
    what: 'English, WSL 2.2.4, a kernel with a package number',
    source: 'https://github.com/docker/for-win/issues/14217',
    output: `WSL version: 2.2.4.0
Kernel version: 5.15.153.1-2
WSLg version: 1.0.61
MSRDC version: 1.2.5326
Direct3D version: 1.611.1-81528511
DXCore version: 10.0.26091.1-240325-1447.ge-release
Windows version: 10.0.22631.3880
`,
    kernel: '5.15.153.1',
  },
  {
    what: 'German, words run together',
    source: 'https://github.com/nbdd0121/wsld/issues/29',
    output: `WSL-Version: 1.0.3.0
Kernelversion: 5.15.79.1
WSLg-Version: 1.0.47
MSRDC-Version: 1.2.3575
Direct3D-Version: 1.606.4
DXCore-Version: 10.0.25131.1002-220531-1700.rs-onecore-base2-hyp
Windows Version: 10.0.22621.819
`,
    kernel: '5.15.79.1',
  },
  {
    what: 'Russian, the same word first in every line',
    source: 'https://github.com/docker/for-win/issues/13518',
    output: `Версия WSL: 1.2.5.0
Версия ядра: 5.15.90.1
Версия WSLg: 1.0.51
Версия MSRDC: 1.2.3770
Версия Direct3D: 1.608.2-61064218
Версия DXCore: 10.0.25131.1002-220531-1700.rs-onecore-base2-hyp
Версия Windows: 10.0.22621.1778
`,
    kernel: '5.15.90.1',
  },
  {
    what: 'French, a space before the colon',
    output: `Version WSL : 2.3.26.0
Version du noyau : 5.15.167.4-1
Version WSLg : 1.0.65
Version MSRDC : 1.2.5620
Version direct3D : 1.611.1-81528511
Version de DXCore : 10.0.26100.1-240331-1435.ge-release
Version de Windows : 10.0.26100.2894
`,
    kernel: '5.15.167.4',
  },
  {
    what: 'Japanese',
    output: `WSL バージョン: 2.1.5.0
カーネル バージョン: 5.15.146.1-2
WSLg バージョン: 1.0.60
MSRDC バージョン: 1.2.5105
Direct3D バージョン: 1.611.1-81528511
DXCore バージョン: 10.0.25131.1002-220531-1700.rs-onecore-base2-hyp
Windows バージョン: 10.0.22631.3593
`,
    kernel: '5.15.146.1',
  },
  {
    what: 'the WSL of Windows 10, --status',
    source: 'https://github.com/microsoft/WSL/issues/5650',
    output: `Default Distribution: Ubuntu-20.04
Default Version: 2

Windows Subsystem for Linux was last updated on 09/10/2022
WSL automatic updates are on.

Kernel version: 5.10.102.1
`,
    kernel: '5.10.102.1',
  },
  {
    what: 'the same in Japanese',
    output: `既定の配布: Ubuntu-20.04
既定のバージョン: 2

Linux 用 Windows サブシステムの最終更新日: 2022/05/06
WSL の自動更新が有効になっています。

カーネル バージョン: 5.10.102.1
`,
    kernel: '5.10.102.1',
  },
  {
    what: '--status of the WSL of the Store, which tells no kernel',
    source: 'https://github.com/microsoft/WSL/issues/9448',
    output: 'Default Distribution: Debian\nDefault Version: 2\n',
    kernel: null,
  },
  {
    what: 'an old wsl.exe that does not know --version',
    source: 'https://github.com/MicrosoftDocs/WSL/issues/1663',
    output: `Invalid command line option: --version

Copyright (c) Microsoft Corporation. All rights reserved.

Usage: wsl.exe [Argument] [Options...] [CommandLine]
`,
    kernel: null,
  },
];

describe('what wsl.exe says', () => {
  it.each(RECORDED)('is understood: $what', ({ output, kernel }) => {
    const lines = output.replaceAll('\n', '\r\n');
    expect(wslKernel(decodeWslOutput(Buffer.from(lines, 'utf16le')))).toBe(kernel);
    expect(wslKernel(decodeWslOutput(Buffer.from(`\uFEFF${lines}`, 'utf16le')))).toBe(kernel);
    expect(wslKernel(decodeWslOutput(Buffer.from(lines, 'utf8')))).toBe(kernel);
  });

  it('is understood with a space that does not break before the colon', () => {
    expect(wslKernel('Version WSL\u00a0: 2.3.26.0\nVersion du noyau\u00a0: 5.15.167.4-1\n')).toBe('5.15.167.4');
  });

  it('lists the distributions, of which only those of WSL 2 share its network', () => {
    // https://github.com/docker/for-win/issues/14686
    const output = `  NAME              STATE           VERSION
* Ubuntu            Running         2
  Legacy            Stopped         1
  Ubuntu-18.04      Stopped         1
  docker-desktop    Running         2
`;
    expect(wslDistributions(decodeWslOutput(Buffer.from(output, 'utf16le')))).toEqual([
      { name: 'Ubuntu', version: 2 },
      { name: 'Legacy', version: 1 },
      { name: 'Ubuntu-18.04', version: 1 },
      { name: 'docker-desktop', version: 2 },
    ]);
  });

  it('lists them also where a state has two words', () => {
    const output = '  NAME      STATUS             VERSION\n* Debian    Wird ausgeführt    2\n';
    expect(wslDistributions(output)).toEqual([{ name: 'Debian', version: 2 }]);
  });
});

describe('the kernel of WSL 2', () => {
  it.each([
    ['4.19.104-microsoft-standard', 'old'],
    ['5.3.0', 'old'],
    ['5.4.72-microsoft-standard-WSL2', 'all-distributions'],
    ['5.10.102.1', 'all-distributions'],
    ['5.14.0', 'all-distributions'],
    ['5.15.167.4-microsoft-standard-WSL2', 'own-distribution'],
    ['6.6.87.2-microsoft-standard-WSL2', 'own-distribution'],
    ['unknown', null],
  ] as const)('%s is in the band %s', (release, band) => {
    expect(kernelBand(release)).toBe(band);
  });

  it.each([
    ['5.15.90.1-microsoft-standard-WSL2', true],
    ['4.19.104-microsoft-standard', true],
    ['4.4.0-19041-Microsoft', false],
    ['6.1.0-28-amd64', false],
    ['5.15.0-1034-azure', false],
  ])('%s: %s', (release, is) => {
    expect(isWslKernel(release)).toBe(is);
  });
});
