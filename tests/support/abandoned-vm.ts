import { createVm } from '../../main/demo/vm/vm.ts';
import { dockerCli } from './docker-cli.ts';
import { importImage } from './image.ts';

// A process that makes a VM with a container in it, says so, and then waits to be killed.
const vm = await createVm();
await vm.startEngine({});
{
  await using docker = await dockerCli(vm.dockerSocket);
  await importImage(docker, 'sleeper:1', ['sleep']);
  await docker.ok('run', '--detach', '--network', 'none', 'sleeper:1', 'sleep', '100000');
}
process.stdout.write(`${JSON.stringify({ subnet: vm.network.subnet })}\n`);
setInterval(() => undefined, 1_000_000);
