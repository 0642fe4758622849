import { describe, expect, it } from 'vitest';
import { activityCsv, activityJson } from '../../../../renderer/panel/views/activity/activity-export.ts';
import type { DeniedHost } from '../../../../shared/schemas/ipc-schema.ts';

const FIRST = Date.UTC(2026, 10, 21, 8, 30);
const row = (host: string, change: Partial<DeniedHost> = {}): DeniedHost => ({
  ...{ host, refused: true, count: 14, first: FIRST, last: FIRST + 60_000 },
  ...{ views: ['engine', 'workload'], walls: ['dns'], reason: 'not-in-policy', ...change },
});

describe('what was blocked, for other programs', () => {
  it('is CSV with a header, one line a host and times in UTC', () => {
    expect(activityCsv([row('gcr.io'), row('public.ecr.aws', { refused: false, reason: 'audit-only' })])).toBe(
      'host,blocked,count,first,last,views,reason\r\n' +
        'gcr.io,true,14,2026-11-21T08:30:00.000Z,2026-11-21T08:31:00.000Z,engine workload,not-in-policy\r\n' +
        'public.ecr.aws,false,14,2026-11-21T08:30:00.000Z,2026-11-21T08:31:00.000Z,engine workload,audit-only\r\n',
    );
  });

  it.each([
    ['=cmd|x', "'=cmd|x"],
    ['+1.example', "'+1.example"],
    ['-a.example', "'-a.example"],
    ['@a.example', "'@a.example"],
    ['\ta.example', "'\ta.example"],
    ['a,b"c', '"a,b""c"'],
    ['=a,b', `"'=a,b"`],
    ['a\nb', '"a\nb"'],
  ])('makes %j inert in a spreadsheet', (host, written) => {
    expect(
      activityCsv([row(host)])
        .split('\r\n')[1]
        ?.startsWith(`${written},true,`),
    ).toBe(true);
  });

  it('is JSON with the same members', () => {
    expect(JSON.parse(activityJson([row('gcr.io')]))).toEqual([
      {
        ...{ host: 'gcr.io', blocked: true, count: 14, reason: 'not-in-policy', views: ['engine', 'workload'] },
        ...{ first: '2026-11-21T08:30:00.000Z', last: '2026-11-21T08:31:00.000Z' },
      },
    ]);
  });
});
