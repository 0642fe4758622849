import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { verifyReceipt } from '../../../shared/policy/verify-receipt.ts';
import { printable } from '../../../shared/printable.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import {
  CodesToMake,
  MAX_REPORT_BYTES,
  MachineReport,
  MachinesQuery,
  MachinesToEnrol,
} from '../../../shared/schemas/hub/machines.ts';
import type { Access } from '../../../shared/schemas/hub/people.ts';
import { readJson, sendJson, sendParts } from '../http/answers.ts';
import type { Authentication, Caller } from '../http/authentication.ts';
import type { Callers } from '../http/callers.ts';
import type { Exchange } from '../http/exchange.ts';
import { HttpProblem } from '../http/problem-response.ts';
import type { Routes } from '../http/router.ts';
import type { Machines } from './machines.ts';

/** 10,000 thumbprints, with room. */
const MAX_ENROLMENT_BYTES = 1024 * 1024;
const MAX_CODES_BYTES = 1024;
const CODES = CodesToMake.shape;

/** Machines: what they report, how they are enrolled, and what an administrator sees. */
export function machineRoutes(
  deps: { machines: Machines; authentication: Authentication; issuer: string; now: () => number },
  may: Callers,
): Routes {
  const { machines, authentication, issuer, now } = deps;
  return {
    '/v1/orgs/{org}/machines': { GET: may.auditor(listMachines) },
    '/v1/orgs/{org}/machines/nonce': { GET: may.member(getNonce) },
    '/v1/orgs/{org}/machines/reports': { POST: may.member(takeReport) },
    '/v1/orgs/{org}/machines/summary': { GET: may.auditor(getSummary) },
    '/v1/orgs/{org}/machines/export': { GET: may.auditor(exportMachines) },
    '/v1/orgs/{org}/machines/enrolments': { POST: may.owner(enrol) },
    '/v1/orgs/{org}/machines/codes': {
      GET: may.auditor(getCodes),
      POST: may.owner(makeCodes),
      DELETE: may.owner(revokeCodes),
    },
    '/v1/orgs/{org}/machines/{id}': { GET: may.auditor(getMachine), DELETE: may.owner(forget) },
  };

  async function getNonce({ response }: Exchange, org: string, { sub }: Caller): Promise<void> {
    sendJson(response, await machines.nonce(org, sub));
  }

  async function takeReport({ request, response }: Exchange, org: string, caller: Caller): Promise<void> {
    const { receipt, unsigned } = await readBody(request, org, caller, 'member', MAX_REPORT_BYTES, MachineReport, () =>
      problem('machine-report-invalid'),
    );
    const verified = await verifyReceipt(receipt, { aud: issuer, org, now: now() / 1000 });
    if (!verified.ok) throw new HttpProblem(422, verified.problem, { organization: org });
    sendJson(response, await machines.report(org, caller.sub, verified.value, unsigned));
  }

  async function listMachines({ response, url }: Exchange, org: string): Promise<void> {
    sendJson(response, await machines.page(org, queryOf(url)));
  }

  async function getSummary({ response }: Exchange, org: string): Promise<void> {
    sendJson(response, await machines.summary(org));
  }

  async function getMachine({ response }: Exchange, org: string, _caller: Caller, id = ''): Promise<void> {
    sendJson(response, await machines.details(org, id));
  }

  async function forget({ response }: Exchange, org: string, caller: Caller, id = ''): Promise<void> {
    await machines.forget(org, caller, id);
    response.writeHead(204).end();
  }

  async function exportMachines({ request, response, url }: Exchange, org: string): Promise<void> {
    const query = queryOf(url);
    response.writeHead(200, {
      'content-type': 'text/csv; charset=utf-8',
      // The names of organizations have no character that would need quoting.
      'content-disposition': `attachment; filename="machines-${org}.csv"`,
    });
    await sendParts(request, response, machines.csv(org, query));
  }

  /** Whoever enrols a key says that root vouches for it, and a code does so later: a stolen session must not be enough. */
  async function enrol({ request, response }: Exchange, org: string, caller: Caller): Promise<void> {
    authentication.requireFresh(caller);
    const { thumbprints } = await readBody(request, org, caller, 'owner', MAX_ENROLMENT_BYTES, MachinesToEnrol, () =>
      problem('thumbprints-invalid'),
    );
    sendJson(response, await machines.enrol(org, caller, thumbprints));
  }

  async function getCodes({ response }: Exchange, org: string): Promise<void> {
    sendJson(response, await machines.openCodes(org));
  }

  async function makeCodes({ request, response }: Exchange, org: string, caller: Caller): Promise<void> {
    authentication.requireFresh(caller);
    const most = { count: CODES.count.maxValue ?? 0, hours: CODES.hours.maxValue ?? 0 };
    const wanted = await readBody(request, org, caller, 'owner', MAX_CODES_BYTES, CodesToMake, () =>
      problem('codes-invalid', most),
    );
    sendJson(response, await machines.makeCodes(org, caller, wanted), 201);
  }

  async function revokeCodes({ response }: Exchange, org: string, caller: Caller): Promise<void> {
    await machines.revokeCodes(org, caller);
    response.writeHead(204).end();
  }

  /** The body may take its time, in which the caller's role may be taken away. */
  async function readBody<T extends z.ZodType>(
    request: IncomingMessage,
    organization: string,
    caller: Caller,
    needed: Access,
    limit: number,
    schema: T,
    invalid: () => ReturnType<typeof problem>,
  ): Promise<z.output<T>> {
    const body = await readJson(request, limit, schema, ({ issues }) => ({
      problem: invalid(),
      organization,
      faults: issues.slice(0, 20).map(({ path, message }) => ({
        pointer: path.map((part) => `/${String(part)}`).join(''),
        problem: problem('setting-invalid', {}, { cause: printable(message, 200) }),
      })),
    }));
    await authentication.requireRole(caller, organization, needed);
    return body;
  }
}

/** @throws HttpProblem 400 */
function queryOf({ searchParams }: URL): MachinesQuery {
  const query = MachinesQuery.safeParse(Object.fromEntries(searchParams));
  if (query.success) return query.data;
  throw new HttpProblem(400, problem('filter-invalid', { name: String(query.error.issues[0]?.path[0]) }));
}
