import { expect, it } from 'vitest';
import { createRevisionNews } from '../../../../main/hub/registry-access/revision-news.ts';

it('each revision is told once, in order, however it becomes known', () => {
  const news = createRevisionNews();
  const heard: number[] = [];
  const stop = news.listen('acme', (revision) => heard.push(revision));
  // At the start, then saved here, found late that another hub saved some, and told of what is known.
  for (const revision of [7, 8, 8, 11, 9, 11, 12]) news.tell('acme', revision);
  news.tell('globex', 3);
  expect(heard).toEqual([7, 8, 9, 10, 11, 12]);
  stop();
  news.tell('acme', 13);
  expect(heard).toHaveLength(6);
});

it('of very many that were missed the last hundred are told', () => {
  const news = createRevisionNews();
  const heard: number[] = [];
  news.listen('acme', (revision) => heard.push(revision));
  news.tell('acme', 1);
  news.tell('acme', 5000);
  expect(heard).toEqual([1, ...Array.from({ length: 100 }, (_, index) => 4901 + index)]);
});
