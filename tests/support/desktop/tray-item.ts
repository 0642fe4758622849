import { z } from 'zod';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import type { Desktop } from './desktop.ts';

/**
 * The tray icon as the desktop's panel has it, over D-Bus: StatusNotifierItem and the menu it names
 * (https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/, com.canonical.dbusmenu).
 */
export interface TrayItem {
  title(): Promise<string>;
  tooltip(): Promise<string>;
  /** What a left click does. */
  activate(): Promise<void>;
  menu(): Promise<TrayMenuItem[]>;
  /** Clicks the item with this label, wherever it is. @throws Error where there is none that can be clicked. */
  choose(label: string): Promise<void>;
}

export interface TrayMenuItem {
  id: number;
  label: string;
  enabled: boolean;
  separator: boolean;
  /** null: it is no check box. */
  checked: boolean | null;
  items: TrayMenuItem[];
}

const WATCHER = ['org.kde.StatusNotifierWatcher', '/StatusNotifierWatcher', 'org.kde.StatusNotifierWatcher'] as const;
const ITEM = 'org.kde.StatusNotifierItem';
const MENU = 'com.canonical.dbusmenu';

const Answer = z.object({ data: z.unknown() });

/** A method or property over the session bus of this desktop. */
async function ask(desktop: Desktop, ...args: string[]): Promise<unknown> {
  const answer = await desktop.run('busctl', '--user', '--json=short', '--', ...args);
  // An empty answer is none at all.
  return answer.trim() === '' ? null : Answer.parse(parseJson(answer)).data;
}

/** The items that the panel has now: of this desktop's programs there is one that has any. */
export async function trayItems(desktop: Desktop): Promise<TrayItem[]> {
  const names = z
    .array(z.string())
    .parse(await ask(desktop, 'get-property', ...WATCHER, 'RegisteredStatusNotifierItems'));
  return names.map((name) => itemOf(desktop, name.slice(0, name.indexOf('/')), name.slice(name.indexOf('/'))));
}

export async function trayItem(desktop: Desktop): Promise<TrayItem> {
  const [item, ...more] = await trayItems(desktop);
  if (item === undefined || more.length > 0) throw new Error(`the panel has ${item ? more.length + 1 : 0} tray icons`);
  return item;
}

function itemOf(desktop: Desktop, service: string, path: string): TrayItem {
  const property = (name: string) => ask(desktop, 'get-property', service, path, ITEM, name);
  const callMenu = async (...args: string[]) => {
    const menu = z.string().parse(await property('Menu'));
    return ask(desktop, 'call', service, menu, MENU, ...args);
  };
  const menu = async (): Promise<TrayMenuItem[]> => {
    const [, root] = z.tuple([z.number(), Layout]).parse(await callMenu('GetLayout', 'iias', '0', '-1', '0'));
    return menuItem(root).items;
  };
  return {
    title: async () => z.string().parse(await property('Title')),
    async tooltip() {
      const parts = z.tuple([z.string(), z.unknown(), z.string(), z.string()]).parse(await property('ToolTip'));
      return [parts[2], parts[3]].filter((part) => part !== '').join(': ');
    },
    async activate() {
      await ask(desktop, 'call', service, path, ITEM, 'Activate', 'ii', '0', '0');
    },
    menu,
    async choose(label) {
      const found = flat(await menu()).find((item) => item.label === label);
      if (found === undefined || !found.enabled) throw new Error(`the menu has no "${label}" to click`);
      await callMenu('Event', 'isvu', String(found.id), 'clicked', 'i', '0', '0');
    },
  };
}

type Layout = [number, Record<string, { data: unknown }>, { data: Layout }[]];
const Layout: z.ZodType<Layout> = z.lazy(() =>
  z.tuple([z.number(), z.record(z.string(), z.object({ data: z.unknown() })), z.array(z.object({ data: Layout }))]),
);

function menuItem([id, properties, items]: Layout): TrayMenuItem {
  const value = (name: string): unknown => properties[name]?.data;
  return {
    id,
    // An underscore marks the key of the letter behind it, two are one.
    label: String(value('label') ?? '').replaceAll(/_(.)/g, '$1'),
    enabled: value('enabled') !== false,
    separator: value('type') === 'separator',
    checked: value('toggle-type') === 'checkmark' ? value('toggle-state') === 1 : null,
    items: items.map(({ data }) => menuItem(data)),
  };
}

export function flat(items: readonly TrayMenuItem[]): TrayMenuItem[] {
  return items.flatMap((item) => [item, ...flat(item.items)]);
}
