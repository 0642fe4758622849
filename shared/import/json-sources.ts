import { z } from 'zod';
import { printable } from '../printable.ts';
import { problem } from '../problems/catalogue.ts';
import type { Problem } from '../problems/problem.ts';
import { type Entry, registryOfPattern, widerThanImages } from './import-row.ts';

/** The programs whose files are known. */
export type JsonFormat = 'docker' | 'docker-admin-settings' | 'rancher-desktop' | 'containers-policy' | 'json';

export interface JsonSource {
  format: JsonFormat;
  entries: Iterable<Entry>;
  /** What there is to say about the file as a whole. */
  notes: Problem[];
}

const text = z.string().max(2048);

/** `GET …/settings/registry-access-management` of Docker Hub, which its Terraform provider uses. */
const Docker = z.union([
  z.object({
    enabled: z.boolean().optional(),
    standard_registries: z.array(z.unknown()).optional(),
    custom_registries: z.array(z.unknown()),
  }),
  z.object({
    enabled: z.boolean().optional(),
    standard_registries: z.array(z.unknown()),
    custom_registries: z.array(z.unknown()).optional(),
  }),
]);
const Standard = z.object({ id: text, allowed: z.boolean().optional() });
const Custom = z.object({ address: text, friendly_name: text.nullish(), allowed: z.boolean().optional() });

const AdminSettings = z.object({
  configurationFileVersion: z.unknown().refine((version) => version !== undefined),
  enhancedContainerIsolation: z
    .object({ dockerSocketMount: z.object({ imageList: z.object({ images: z.array(z.unknown()) }) }) })
    .optional()
    .catch(undefined),
});

const ImageList = z.object({ enabled: z.boolean().optional(), patterns: z.array(z.unknown()) });
/** settings.json and deployment profiles; `imageAllowList` in older versions. */
const Rancher = z.object({
  containerEngine: z.union([
    z.object({ allowedImages: ImageList }),
    z.object({ imageAllowList: ImageList }).transform(({ imageAllowList }) => ({ allowedImages: imageAllowList })),
  ]),
});

/** containers-policy.json(5) */
const Requirements = z.array(z.object({ type: text })).min(1);
const ContainersPolicy = z.object({
  default: Requirements,
  transports: z.record(z.string(), z.unknown()).optional(),
});

const Plain = z.union([
  z.array(z.unknown()),
  z.object({ registries: z.array(z.unknown()) }).transform(({ registries }) => registries),
]);
const PlainEntry = z.union([
  text.transform((address) => ({ address, nickname: undefined })),
  z
    .object({ address: text, nickname: text.nullish(), friendly_name: text.nullish(), name: text.nullish() })
    .transform(({ address, nickname, friendly_name, name }) => ({
      address,
      nickname: nickname ?? friendly_name ?? name ?? undefined,
    })),
]);

/** Reads the registries in a JSON document by its members. @returns null for a document of another kind */
export function jsonSource(document: unknown): JsonSource | null {
  return (
    docker(document) ?? rancher(document) ?? containersPolicy(document) ?? adminSettings(document) ?? plain(document)
  );
}

function docker(document: unknown): JsonSource | null {
  const parsed = Docker.safeParse(document);
  if (!parsed.success) return null;
  const { enabled, standard_registries: standard = [], custom_registries: custom = [] } = parsed.data;
  const entries: Entry[] = [];
  let notAllowed = 0;
  for (const [index, item] of standard.entries()) {
    const { data } = Standard.safeParse(item);
    if (data?.id === 'DockerHub' && data.allowed !== false) {
      entries.push({ place: `standard_registries[${index}]`, address: 'docker.io', nickname: 'Docker Hub' });
    } else if (data?.allowed === false) notAllowed += 1;
    else entries.push({ place: `standard_registries[${index}]`, address: '' });
  }
  for (const [index, item] of custom.entries()) {
    const { data } = Custom.safeParse(item);
    if (data?.allowed === false) notAllowed += 1;
    else {
      const nickname = data?.friendly_name ?? undefined;
      entries.push({ place: `custom_registries[${index}]`, address: data?.address ?? '', nickname });
    }
  }
  return { format: 'docker', entries, notes: [...offNote(enabled), ...notAllowedNote(notAllowed)] };
}

function rancher(document: unknown): JsonSource | null {
  const parsed = Rancher.safeParse(document);
  if (!parsed.success) return null;
  const { enabled, patterns } = parsed.data.containerEngine.allowedImages;
  return { format: 'rancher-desktop', entries: patternEntries('patterns', patterns), notes: offNote(enabled) };
}

function adminSettings(document: unknown): JsonSource | null {
  const parsed = AdminSettings.safeParse(document);
  if (!parsed.success) return null;
  const images = parsed.data.enhancedContainerIsolation?.dockerSocketMount.imageList.images ?? [];
  const notes = [problem('import-no-registry-list')];
  return { format: 'docker-admin-settings', entries: patternEntries('images', images), notes };
}

function* patternEntries(member: string, patterns: readonly unknown[]): Generator<Entry> {
  for (const [index, item] of patterns.entries()) {
    const place = `${member}[${index}]`;
    const { data: pattern = '' } = text.safeParse(item);
    if (pattern.trim() === '') {
      yield { place, address: '' };
      continue;
    }
    const { address, whole } = registryOfPattern(pattern.trim());
    yield { place, address, wider: whole ? undefined : widerThanImages(pattern, address) };
  }
}

function containersPolicy(document: unknown): JsonSource | null {
  const parsed = ContainersPolicy.safeParse(document);
  if (!parsed.success) return null;
  const { transports = {} } = parsed.data;
  const scopes = z
    .record(z.string(), z.unknown())
    .safeParse(Object.hasOwn(transports, 'docker') ? transports.docker : {});
  const entries: Entry[] = [];
  let isOpen = accepts(parsed.data.default);
  let rejected = 0;
  for (const [scope, item] of Object.entries(scopes.data ?? {})) {
    const requirements = Requirements.safeParse(item);
    const place = `transports.docker[${JSON.stringify(printable(scope))}]`;
    if (scope === '') isOpen = requirements.success && accepts(requirements.data);
    else if (!requirements.success) entries.push({ place, address: '' });
    else if (requirements.data.some(({ type }) => type === 'reject')) rejected += 1;
    else {
      const slash = scope.indexOf('/');
      const address = slash < 0 ? scope : scope.slice(0, slash);
      const unsigned = accepts(requirements.data);
      const signed = unsigned ? undefined : problem('import-wider-signed', { address: printable(address) });
      entries.push({ place, address, wider: slash < 0 ? signed : widerThanImages(scope, address) });
    }
  }
  const notes = [...(isOpen ? [problem('import-default-open')] : []), ...notAllowedNote(rejected)];
  return { format: 'containers-policy', entries, notes };
}

/** Without a condition. */
function accepts(requirements: z.infer<typeof Requirements>): boolean {
  return requirements.every(({ type }) => type === 'insecureAcceptAnything');
}

function plain(document: unknown): JsonSource | null {
  const parsed = Plain.safeParse(document);
  if (!parsed.success) return null;
  const entries = (function* (): Generator<Entry> {
    for (const [index, item] of parsed.data.entries()) {
      const { data } = PlainEntry.safeParse(item);
      yield { place: `[${index}]`, address: data?.address ?? '', nickname: data?.nickname };
    }
  })();
  return { format: 'json', entries, notes: [] };
}

function offNote(enabled: boolean | undefined): Problem[] {
  return enabled === false ? [problem('import-source-off')] : [];
}

function notAllowedNote(count: number): Problem[] {
  return count === 0 ? [] : [problem('import-not-allowed', { count })];
}
