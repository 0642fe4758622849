import { expect, it } from 'vitest';
import { createJoined } from '../../../../main/platform/process/joined.ts';

it('gives nobody what was looked up before they asked, and looks once for all who ask meanwhile', async () => {
  const looks: PromiseWithResolvers<number>[] = [];
  const look = createJoined(() => {
    const one = Promise.withResolvers<number>();
    looks.push(one);
    return one.promise;
  });
  const first = look('acme');
  const later = [look('acme'), look('acme'), look('acme')];
  expect(looks).toHaveLength(1);
  looks[0]?.resolve(1);
  expect(await first).toBe(1);
  await Promise.resolve();
  expect(looks).toHaveLength(2);
  const last = look('acme');
  looks[1]?.resolve(2);
  expect(await Promise.all(later)).toEqual([2, 2, 2]);
  await Promise.resolve();
  looks[2]?.resolve(3);
  expect(await last).toBe(3);
});

it('goes on after a look that failed, which fails for those who waited for it alone', async () => {
  let looks = 0;
  const look = createJoined(async () => {
    looks += 1;
    if (looks === 1) throw new Error('away');
    return looks;
  });
  const [first, second] = await Promise.allSettled([look('acme'), look('acme')]);
  expect(first).toMatchObject({ status: 'rejected' });
  expect(second).toEqual({ status: 'fulfilled', value: 2 });
  expect(await look('acme')).toBe(3);
});
