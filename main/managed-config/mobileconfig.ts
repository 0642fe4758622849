import type { PortcullisSettings } from '../../shared/schemas/managed-config.ts';
import { parseProfileDict } from './macos-profile.ts';
import { type PropertyListValue, readPropertyList } from './property-list.ts';
import { type Content, malformed, saysNothing } from './reading.ts';
import { parseSettingsDict } from './store-settings.ts';

export const DOCKER_PAYLOAD = 'com.docker.config';
export const PORTCULLIS_PAYLOAD = 'com.portcullis.config';

/** What a configuration profile that is to be deployed would enforce, payload by payload. */
export interface Profile {
  organizations: Content<string[]>;
  settings: Content<PortcullisSettings>;
}

/** Reads a `.mobileconfig` before it is signed. */
export function parseMobileconfig(bytes: Uint8Array): Profile {
  const refuse = (code: string, message: string, spot?: { line: number; column: number }): Profile => ({
    organizations: malformed({ code, message, ...spot }),
    settings: saysNothing,
  });
  // DER begins with a SEQUENCE: the Cryptographic Message around a signed profile (RFC 5652 section 3).
  if (bytes[0] === 0x30) return refuse('profile-signed', 'This profile is signed. Check it before it is signed.');
  const read = readPropertyList(bytes);
  if (!read.ok) return { organizations: malformed(read.problem), settings: saysNothing };
  const top = read.value;
  const list = top.type === 'dict' ? top.entries.get('PayloadContent')?.value : undefined;
  if (list?.type !== 'array') {
    return refuse('payload-missing', 'A configuration profile has an <array> under "PayloadContent".', top.spot);
  }
  const docker = payloadIn(list.items, DOCKER_PAYLOAD);
  const ours = payloadIn(list.items, PORTCULLIS_PAYLOAD);
  if (docker === undefined && ours === undefined) {
    const message = `The profile has no payload of type ${DOCKER_PAYLOAD} or ${PORTCULLIS_PAYLOAD}.`;
    return refuse('payload-missing', message, list.spot);
  }
  return {
    organizations: docker === undefined ? saysNothing : parseProfileDict(docker),
    settings: ours === undefined ? saysNothing : parseSettingsDict(withoutPayloadKeys(ours)),
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
