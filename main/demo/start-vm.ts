/** The gateway's and the agent's settings for a VM, and how to start its engine once the gateway listens. */
export interface DemoVm {
  gateway: { dns: { engine: string[]; workload: string[] }; proxy: string[]; allowFrom: string[] };
  engine: { kind: 'vm'; socket: string };
  /**
   * @param proxy `10.200.7.1:3128`
   * @param caFile PEM certificates that the engine trusts beside the system's
   */
  startEngine(proxy: string, caFile: string): Promise<void>;
}

/** @throws ProblemError `vm-needs-linux`, `vm-needs-root`, `vm-tools-missing`, `no-free-subnet` */
export async function startVm(running: AsyncDisposableStack): Promise<DemoVm> {
  const { createVm } = await import('./vm/vm.ts');
  const vm = await createVm({ hostOctets: [3] });
  running.defer(() => vm.destroy());
  return {
    gateway: {
      dns: { engine: [`${vm.gatewayAddress}:53`], workload: [`${vm.address(3)}:53`] },
      proxy: [`${vm.gatewayAddress}:3128`],
      allowFrom: [`${vm.network.subnet}.0/24`],
    },
    engine: { kind: 'vm', socket: `unix://${vm.dockerSocket}` },
    startEngine: (proxy, caFile) => vm.startEngine({ proxy: `http://${proxy}`, containerDns: vm.address(3), caFile }),
  };
}
