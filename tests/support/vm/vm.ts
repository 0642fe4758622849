import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectRpc } from '../../../main/platform/net/json-rpc.ts';
import {
  type CommandOptions,
  type CommandText,
  runCommand,
  runOrThrow,
  textOf,
} from '../../../main/platform/process/run-command.ts';
import { controlEvents, controlMethods, MAX_CONTROL_LINE } from '../../../shared/schemas/control-schema.ts';
import { endingWithUs, waitFor } from '../background-process.ts';
import { freePort } from '../free-port.ts';
import type { ControlClient } from '../gateway.ts';

/** Of qemu's user network, as Lima sets it up: the guest sees the host's loopback as `HOST`. */
export const HOST = '192.168.5.2';

/** A slow machine that emulates another one is not a failure. */
const PATIENCE = 1_200_000;

export interface VmOptions {
  /** What tests/setup/vm-image.sh has made. */
  readonly image: string;
  /** A file system with our program, seen as /opt/portcullis. */
  readonly program: string;
  /** PEM certificates that the machine trusts besides its own. */
  readonly ca: string;
  readonly resolver: string;
}

/** A whole machine with a kernel of its own, emulated by qemu: what it has written is on its disk, or it is not. */
export interface Vm extends AsyncDisposable {
  /** As root in the machine. */
  sh(script: string, options?: CommandOptions): Promise<CommandText>;
  /** The same, where anything but success is a fault of the test. @returns standard output */
  ok(script: string): Promise<string>;
  write(path: string, content: string, mode?: string): Promise<void>;
  /** Waits until its Docker Engine answers. */
  engine(): Promise<void>;
  /** A gateway that runs in it. */
  control(): Promise<ControlClient>;
  /** Without a warning: what it has not written to its disk is lost. */
  powerOff(): Promise<void>;
  /** Returns as soon as somebody can get in. */
  boot(): Promise<void>;
}

export async function startVm({ image, program, ca, resolver }: VmOptions): Promise<Vm> {
  await using cleanup = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'vm-'));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const disk = join(folder, 'disk.img');
  await runOrThrow(runCommand, ['cp', '--sparse=always', join(image, 'disk.img'), disk], { timeout: PATIENCE });
  let boots = 0;
  let controls = 0;
  let port = 0;
  let machine: ReturnType<typeof spawn> | null = null;

  const master = () => join(folder, `ssh${boots}`);
  const ssh = (...words: string[]): string[] => [
    ...['ssh', '-q', '-i', join(image, 'key'), '-p', String(port), '-o', `ControlPath=${master()}`],
    ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'BatchMode=yes'],
    ...['-o', 'ConnectTimeout=30', ...words],
  ];

  const vm: Vm = {
    sh: async (script, options) =>
      textOf(await runCommand(ssh('root@127.0.0.1', script), { timeout: PATIENCE, ...options })),
    async ok(script) {
      const { code, stdout, stderr } = await vm.sh(script);
      if (code !== 0) throw new Error(`${script} in the machine: ${code}\n${stdout}${stderr}`);
      return stdout;
    },
    async write(path, content, mode = '0644') {
      const { code, stderr } = await vm.sh(`install -D -m ${mode} /dev/stdin ${path}`, { input: content });
      if (code !== 0) throw new Error(`${path} in the machine: ${stderr}`);
    },
    async engine() {
      // A service that has failed does not come up any more.
      const { code } = await vm.sh(
        'until docker version >/dev/null 2>&1; do systemctl --quiet is-failed docker && exit 1; sleep 0.5; done',
      );
      if (code !== 0) throw new Error(await vm.ok('journalctl --no-pager --boot --lines=40 --unit=docker'));
    },
    async control() {
      // A name of its own: the socket of a forwarding that is there already would not be made again.
      controls += 1;
      const local = join(folder, `control${controls}`);
      await runOrThrow(
        runCommand,
        ssh('-O', 'forward', '-L', `${local}:/run/portcullis/control.sock`, 'root@127.0.0.1'),
      );
      const socket = connect(local);
      await once(socket, 'connect');
      return connectRpc(socket, controlMethods, controlEvents, { maxLine: MAX_CONTROL_LINE });
    },
    async powerOff() {
      await runCommand(ssh('-O', 'exit', 'root@127.0.0.1'));
      if (machine === null || machine.exitCode !== null || machine.signalCode !== null) return;
      const gone = once(machine, 'exit');
      machine.kill('SIGKILL');
      await gone;
    },
    async boot() {
      boots += 1;
      port = await freePort();
      const [file, ...args] = endingWithUs(qemu({ image, disk, program, port, serial: join(folder, 'serial') }));
      const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
      machine = child;
      let said = '';
      for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (said += chunk));
      // ssh stays behind as the way in of all later calls; it holds no pipe of ours.
      const open = ssh('-M', '-f', '-N', '-o', 'ControlPersist=yes', 'root@127.0.0.1').map((word) => `'${word}'`);
      await waitFor(
        'the machine to let somebody in',
        async () => {
          if (child.exitCode !== null || child.signalCode !== null) throw new Error(`qemu ended: ${said}`);
          const command = ['sh', '-c', `${open.join(' ')} >/dev/null 2>&1 </dev/null`];
          return textOf(await runCommand(command, { timeout: 60_000 })).code === 0;
        },
        PATIENCE,
      );
    },
    [Symbol.asyncDispose]: () => made.disposeAsync(),
  };
  cleanup.defer(() => vm.powerOff());
  await vm.boot();
  await vm.ok(`
    echo 'nameserver ${resolver}' >/etc/resolv.conf
    mkdir -p /opt/portcullis
    echo '/dev/vdb /opt/portcullis ext4 ro 0 0' >>/etc/fstab
    mount /opt/portcullis
    ln -s /opt/portcullis/portcullis /usr/bin/portcullis`);
  const { code, stderr } = await vm.sh('cat >>/etc/ssl/certs/ca-certificates.crt', { input: ca });
  if (code !== 0) throw new Error(stderr);
  const made = cleanup.move();
  return vm;
}

/** Emulated, so that it runs wherever a process does; KVM would be faster, and is there on few machines that run tests. */
function qemu(options: { image: string; disk: string; program: string; port: number; serial: string }): string[] {
  const { image, disk, program, port, serial } = options;
  const kernel = [
    ...['root=/dev/vda', 'rw', 'console=ttyS0', 'quiet', 'loglevel=3', 'net.ifnames=0', 'systemd.show_status=0'],
    // An emulated TSC is measured wrongly on a busy machine, and then an hour passes in a minute. AppArmor without its package starts no container.
    ...['mitigations=off', 'nokaslr', 'random.trust_cpu=on', 'tsc=unstable', 'clocksource=hpet', 'apparmor=0'],
  ];
  const drive = (file: string, id: string, more: string) => [
    ...['-drive', `file=${file},if=none,id=${id},format=raw${more}`, '-device', `virtio-blk-pci,drive=${id}`],
  ];
  const network = `user,id=n,net=192.168.5.0/24,host=${HOST},dns=192.168.5.3,hostfwd=tcp:127.0.0.1:${port}-192.168.5.15:22`;
  return [
    ...['qemu-system-x86_64', '-M', 'q35,usb=off,vmport=off', '-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'max'],
    ...['-smp', '2', '-m', '2048', '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-kernel', join(image, 'vmlinuz'), '-initrd', join(image, 'initrd.img'), '-append', kernel.join(' ')],
    ...drive(disk, 'd', ',cache=unsafe'),
    ...drive(program, 'p', ',readonly=on'),
    ...[
      '-netdev',
      network,
      '-device',
      'virtio-net-pci,netdev=n',
      '-device',
      'virtio-rng-pci',
      '-serial',
      `file:${serial}`,
    ],
  ];
}
