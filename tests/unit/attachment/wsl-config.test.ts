import { expect, it } from 'vitest';
import { guestFiles } from '../../../main/attachment/guest-files.ts';
import { checkWslConfig } from '../../../main/attachment/wsl-config.ts';

const right = guestFiles('wsl', null).find(({ name }) => name === 'wslconfig')?.content ?? '';

const DNS = 'dnsTunneling must be false: questions would be answered past the network of the guest';
const PROXY = "autoProxy must be false: Windows' own proxy would be given to what runs in the guest";
const MODE = 'networkingMode must be nat: the gateway is looked for at the default route';

it.each([
  ['ours', right, []],
  ['without the mode, which is nat then', '[wsl2]\ndnsTunneling=false\nautoProxy=false\n', []],
  [
    'with comments, capitals, blanks and other settings',
    `\ufeff# mine\r\n[WSL2]\r\nmemory = 8GB # enough\r\nDnsTunneling = False\r\nAUTOPROXY=false\r\n`,
    [],
  ],
  ['in the older section', '[experimental]\ndnsTunneling=false\nautoProxy=false\n', []],
  [
    'empty, where both are on',
    '',
    [
      [0, DNS],
      [0, PROXY],
    ],
  ],
  [
    'in the section of something else',
    '[boot]\ndnsTunneling=false\nautoProxy=false\n',
    [
      [0, DNS],
      [0, PROXY],
    ],
  ],
  ['mirrored', `${right}networkingMode=mirrored\n`, [[5, MODE]]],
  ['where the last of two counts', `${right}dnsTunneling=true\n`, [[5, DNS]]],
  [
    'with a line that WSL ignores',
    `${right}[wsl2\nautoProxy: false\n`,
    [
      [5, 'WSL ignores this line: it is neither [section] nor name=value'],
      [6, 'WSL ignores this line: it is neither [section] nor name=value'],
    ],
  ],
  [
    'without a section',
    'autoProxy=false\n',
    [
      [1, 'WSL ignores this line: it is in no [section]'],
      [0, DNS],
      [0, PROXY],
    ],
  ],
] as [string, string, [number, string][]][])('a .wslconfig %s', (_, content, findings) => {
  expect(checkWslConfig(content).map(({ line, text }) => [line, text])).toEqual(findings);
});
