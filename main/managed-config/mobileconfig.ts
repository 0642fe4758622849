import { problem } from '../../shared/problems/catalogue.ts';
import type { FileProblem, PortcullisSettings } from '../../shared/schemas/managed-config.ts';
import { problemAt } from './file-problem.ts';
import { parseProfileDict } from './macos-profile.ts';
import { type PropertyListValue, parsePropertyList } from './property-list.ts';
import { absent, malformed, type SourceContent } from './source.ts';
import { parseSettingsDict } from './store-settings.ts';

export const DOCKER_PAYLOAD = 'com.docker.config';
export const PORTCULLIS_PAYLOAD = 'com.portcullis.config';

/** What a configuration profile would enforce once deployed, payload by payload. */
export interface Profile {
  organizations: SourceContent<string[]>;
  settings: SourceContent<PortcullisSettings>;
}

/** Parses a `.mobileconfig` before it is signed. */
export function parseMobileconfig(bytes: Uint8Array): Profile {
  const invalid = (found: FileProblem): Profile => ({ organizations: malformed(found), settings: absent });
  // DER begins with a SEQUENCE: the Cryptographic Message around a signed profile (RFC 5652 section 3).
  if (bytes[0] === 0x30) return invalid(problem('profile-signed'));
  const parsed = parsePropertyList(bytes);
  if (!parsed.ok) return invalid(parsed.problem);
  const top = parsed.value;
  const list = top.type === 'dict' ? top.entries.get('PayloadContent')?.value : undefined;
  const payloads = list?.type === 'array' ? list.items : [];
  const docker = payloadIn(payloads, DOCKER_PAYLOAD);
  const ours = payloadIn(payloads, PORTCULLIS_PAYLOAD);
  if (docker === undefined && ours === undefined) {
    const missing = problem('payload-missing', { types: [DOCKER_PAYLOAD, PORTCULLIS_PAYLOAD] });
    return invalid(problemAt((list ?? top).position, missing));
  }
  return {
    organizations: docker === undefined ? absent : parseProfileDict(docker),
    settings: ours === undefined ? absent : parseSettingsDict(withoutPayloadKeys(ours)),
  };
}

function payloadIn(payloads: PropertyListValue[], type: string): PropertyListValue | undefined {
  return payloads.find((payload) => {
    const named = payload.type === 'dict' ? payload.entries.get('PayloadType')?.value : undefined;
    return named?.type === 'string' && named.text === type;
  });
}

/** `PayloadUUID` and its like describe the payload; macOS keeps them out of Managed Preferences. */
function withoutPayloadKeys(payload: PropertyListValue): PropertyListValue {
  if (payload.type !== 'dict') return payload;
  return { ...payload, entries: new Map([...payload.entries].filter(([key]) => !key.startsWith('Payload'))) };
}
