import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/**
 * Asserts that axe finds nothing to object to. In the mode without a second page: that one is for frames of other origins, of which there are
 * none, costs two seconds of the processor each time, and cannot be opened in Electron (https://github.com/dequelabs/axe-core-npm/issues/1141).
 *
 * @param rules all if not given
 */
export async function findNoFault(page: Page, rules?: readonly string[]): Promise<void> {
  const axe = new AxeBuilder({ page }).setLegacyMode();
  const { violations } = await (rules === undefined ? axe : axe.withRules([...rules])).analyze();
  expect(violations.map(({ id, nodes }) => ({ id, where: nodes.map(({ html }) => html) }))).toEqual([]);
}
