import { type Command, InvalidArgumentError, Option } from 'commander';
import type { SignOptions } from './policy-sign.ts';
import type { VerifyOptions } from './policy-verify.ts';

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };
/** A policy that nobody could take back for longer than this. */
const MAX_VALID_DAYS = 31;

/** Milliseconds of `90m`, `12h`, `7d`, `2w`. */
function duration(written: string): number {
  const [, count = '', unit = ''] = /^(\d{1,5})([mhdw])$/.exec(written) ?? [];
  const ms = Number(count) * (UNITS[unit] ?? Number.NaN);
  if (!(ms > 0)) throw new InvalidArgumentError('Expected a duration, as in 12h or 7d.');
  return ms;
}

function validity(written: string): number {
  const ms = duration(written);
  if (ms > MAX_VALID_DAYS * 86_400_000) throw new InvalidArgumentError(`Expected at most ${MAX_VALID_DAYS} days.`);
  return ms;
}

function revision(written: string): number {
  const value = Number(written);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('Expected a whole number from 1.');
  return value;
}

type Org = { org: string };

/** `portcullis policy`: for an organization without a hub (docs/without-a-hub.md). */
export async function addPolicyCommand(program: Command): Promise<void> {
  const policy = program
    .command('policy')
    .description('sign and verify a policy file, for an organization without a hub');

  policy
    .command('sign')
    .description('sign a list of allowed registries as a policy file')
    .requiredOption('-f, --file <file>', 'list in YAML or JSON; - for standard input (docs/list-in-git.md)')
    .requiredOption('--org <name>', 'organization that the policy is for')
    .requiredOption('--issuer <url>', 'who issues it: what machines have as policyIssuer')
    .requiredOption('--out <file>', 'where to write the signed policy')
    .option('--valid <duration>', `how long it is valid, at most ${MAX_VALID_DAYS}d`, validity, duration('7d'))
    .option('--published <url-or-file>', 'what is published now: its revision is continued')
    .option('--first', 'nothing has been published for this organization yet')
    .option('--revision <number>', 'insist on this revision', revision)
    .option('--keys <file>', 'other keys that may have signed what is published (JWKS or portcullis.json)')
    .addOption(new Option('--key <file>', 'private key, Ed25519 or P-256, as PEM or JWK').conflicts(['signCommand']))
    .option(
      '--sign-command <command>',
      'shell command that gets the bytes to sign on standard input and answers the signature',
    )
    .option('--public-key <file>', 'with --sign-command: the public key, as PEM, DER or JWK')
    .option('--kid <kid>', 'name of the key; default: that of the JWK, or its thumbprint')
    .action(
      async (
        {
          file: list,
          org: organization,
          first = false,
          ...options
        }: Omit<SignOptions, 'list' | 'organization'> & Org & { file: string; first?: boolean },
        command: Command,
      ) => {
        if (first === (options.published !== undefined)) {
          command.error('error: give --published with what is published now, or --first if nothing is');
        }
        const isByCommand = options.signCommand !== undefined;
        if ((options.key !== undefined) === isByCommand || isByCommand !== (options.publicKey !== undefined)) {
          command.error('error: give --key, or --sign-command together with --public-key');
        }
        const { signPolicyFile } = await import('./policy-sign.ts');
        await signPolicyFile({ ...options, list, organization });
      },
    );

  policy
    .command('verify <file-or-url>')
    .description('verify a policy file as machines do; exits with 7 if it expires too soon')
    .requiredOption('--keys <file>', 'the keys that machines pin: a JWKS or a portcullis.json')
    .option('--org <name>', 'organization that it has to be for')
    .option('--issuer <url>', 'issuer that it has to name')
    .option('--min-remaining <duration>', 'how long it still has to be valid, as in 2d', duration)
    .option('--json', 'print what it says as JSON')
    .action(async (where: string, { org, json = false, ...options }: Partial<Org> & VerifyOptions) => {
      const { verifyPolicyFile } = await import('./policy-verify.ts');
      await verifyPolicyFile(where, { ...options, organization: org, json });
    });

  policy
    .command('public-key <file>')
    .description('print the public half of a key, as policyKeys pins it')
    .requiredOption('--org <name>', 'organization that it signs for')
    .option('--kid <kid>', 'name of the key; default: that of the JWK, or its thumbprint')
    .action(async (file: string, { org, kid }: Org & { kid?: string }) => {
      const { publicPolicyKey } = await import('./policy-signer.ts');
      const { printJson } = await import('./print.ts');
      printJson({ keys: [await publicPolicyKey(file, kid, [org])] });
    });
}
