import { z } from 'zod';
import { PortcullisSettings } from '../../shared/schemas/managed-config.ts';

export type SettingName = keyof PortcullisSettings;

/** How a native store (Windows registry, configuration profile) and its templates hold a setting: derived from the schema, so that they agree. */
export type StoredAs =
  /** @property maxLength in UTF-16 code units, as `.length` counts; null: no limit of its own. */
  | { kind: 'text'; maxLength: number | null; pattern: string | null }
  | { kind: 'choice'; options: readonly string[] }
  | { kind: 'number'; minimum: number; maximum: number }
  | { kind: 'switch' }
  | { kind: 'list'; maxItems: number }
  /** A structure, which device management tools handle badly: JSON, as one text. */
  | { kind: 'json' };

const JsonSchema = z.object({
  type: z.enum(['string', 'number', 'integer', 'boolean', 'array', 'object']),
  enum: z.array(z.string()).optional(),
  pattern: z.string().optional(),
  maxLength: z.number().optional(),
  maxItems: z.number().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});

function derive(schema: z.ZodType): StoredAs {
  const written = JsonSchema.parse(z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' }));
  switch (written.type) {
    case 'string':
      if (written.enum !== undefined) return { kind: 'choice', options: written.enum };
      return { kind: 'text', maxLength: written.maxLength ?? null, pattern: written.pattern ?? null };
    case 'number':
    case 'integer':
      // REG_DWORD holds no fraction and nothing below 0.
      return { kind: 'number', minimum: written.minimum ?? 0, maximum: written.maximum ?? 0xffff_ffff };
    case 'boolean':
      return { kind: 'switch' };
    case 'array':
      return { kind: 'list', maxItems: written.maxItems ?? 1024 };
    case 'object':
      return { kind: 'json' };
  }
}

const { shape } = PortcullisSettings;

export const settingNames = Object.keys(shape) as SettingName[];

const known = new Map<SettingName, StoredAs>();

/** Derived when it is first asked for: most starts of the program never do. */
export function storedAs(name: SettingName): StoredAs {
  const stored = known.get(name) ?? derive(shape[name]);
  known.set(name, stored);
  return stored;
}
