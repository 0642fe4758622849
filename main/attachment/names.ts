import { dirname } from 'node:path/posix';
import { ATTACHMENT_FILE, AUDIT_FILE } from '../../shared/schemas/attachment.ts';

/** What an attachment puts on a machine is called so, and nothing else of the machine is. */

export const ATTACHMENT_FOLDER = dirname(ATTACHMENT_FILE);
export const AUDIT_FOLDER = dirname(AUDIT_FILE);

/** A one-time code for the gateway, which device management puts there for root alone to read; it is gone once the gateway has it. */
export const ENROLMENT_CODE_FILE = '/etc/portcullis/enrolment-code';

/** The nftables table: family and name. */
export const TABLE = 'inet portcullis_guard';

/** Carries the gateway's addresses where it runs on the engine's machine. At most 15 characters. */
export const INTERFACE = 'portcullis0';

/** Of systemd, all below /etc/systemd. */
export const GUARD_UNIT = 'portcullis-engine-guard.service';
export const AUDIT_UNIT = 'portcullis-engine-audit.service';
export const AUDIT_TIMER = 'portcullis-engine-audit.timer';
export const AUDIT_PATH = 'portcullis-engine-audit.path';
export const GATEWAY_UNIT = 'portcullis-gateway.service';
export const DROP_IN = '50-portcullis.conf';

/** The first line of what is written, but for scripts. What is laid out in a guest has another. */
export const HEAD = '# Written by `portcullis engine attach`; `portcullis engine detach` removes it.';
