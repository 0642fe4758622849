import { ALLOWED_REGISTRY } from './outside/outside.ts';

/** The demo's organization and users. The hub generates their passwords, different ones in each folder. */
export const demoSeed = {
  organizations: [
    {
      name: 'acme',
      settings: {
        enabled: true,
        mode: 'enforce',
        registries: [
          { address: 'docker.io', nickname: 'Docker Hub' },
          { address: 'ghcr.io', nickname: 'GitHub' },
          { address: ALLOWED_REGISTRY, nickname: 'Acme production' },
        ],
        contact: 'olivia@acme.example',
        requests: true,
      },
    },
  ],
  users: [
    { username: 'olivia', name: 'Olivia', organizations: [{ name: 'acme', role: 'owner' }] },
    { username: 'mia', name: 'Mia', organizations: [{ name: 'acme', role: 'member' }] },
  ],
} as const;

export interface DemoUser {
  username: string;
  role: string;
  password: string;
}
