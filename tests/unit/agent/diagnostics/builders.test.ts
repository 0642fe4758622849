import { describe, expect, it } from 'vitest';
import { pullsByItself, readBuilders, readContexts } from '../../../../main/agent/diagnostics/machine/builders.ts';

/** Tables of three generations of buildx, as its documentation and its pull requests show them. */
const TABLES: [string, string, string[]][] = [
  [
    'before 0.13 (https://github.com/docker/buildx/pull/998)',
    `NAME/NODE              DRIVER/ENDPOINT             STATUS                 BUILDKIT             PLATFORMS
builder2               docker-container
  builder20            unix:///var/run/docker.sock running                N/A                  linux/amd64, linux/arm64
builder4 *             docker-container
  builder40            unix:///var/run/docker.sock running                v0.10.0-91-g86c33b66 linux/amd64
default                docker
  default              default                     running                N/A                  linux/amd64
`,
    ['builder2 docker-container', 'builder4 docker-container', 'default docker'],
  ],
  [
    '0.13 and later (https://docs.docker.com/reference/cli/docker/buildx/ls/)',
    `NAME/NODE           DRIVER/ENDPOINT                   STATUS    BUILDKIT   PLATFORMS
elated_tesla*       docker-container
 \\_ elated_tesla0    \\_ unix:///var/run/docker.sock   running   v0.10.3    linux/amd64
 \\_ elated_tesla1    \\_ ssh://ubuntu@1.2.3.4          running   v0.10.3    linux/arm64*, linux/arm/v7, linux/arm/v6
default             docker
 \\_ default          \\_ default                       running   v0.8.2     linux/amd64
`,
    ['elated_tesla docker-container', 'default docker'],
  ],
  [
    'the first one (https://github.com/docker/buildx/issues/36)',
    'NAME/NODE DRIVER/ENDPOINT STATUS  PLATFORMS\ndefault * docker\n  default default         running linux/amd64\n',
    ['default docker'],
  ],
  ['a table that is none', 'ERROR: Cannot connect to the Docker daemon\n', []],
  ['nothing', '', []],
];

describe('docker buildx ls', () => {
  it.each(TABLES)('is read: %s', (_what, output, builders) => {
    expect(readBuilders(output).map(({ name, driver }) => `${name} ${driver}`)).toEqual(builders);
    expect(readBuilders(output.replaceAll('\n', '\r\n')).map(({ name }) => name)).toEqual(
      builders.map((builder) => builder.split(' ')[0]),
    );
  });

  it.each([
    ['docker', false],
    ['docker-container', true],
    ['kubernetes', true],
    ['remote', true],
    ['cloud', true],
  ])('a builder with the driver %s pulls by itself: %s', (driver, byItself) => {
    expect(pullsByItself({ name: 'b', driver })).toBe(byItself);
  });
});

describe('docker context ls', () => {
  it('is read line by line, and what is no context is left out', () => {
    const output = `{"Current":true,"Description":"Current DOCKER_HOST based configuration","DockerEndpoint":"unix:///var/run/docker.sock","Error":"","Name":"default"}
{"Current":false,"Description":"Podman machine","DockerEndpoint":"unix:///home/mia/podman.sock","Error":"","Name":"podman"}
not JSON
{"Name":"broken"}
`;
    expect(readContexts(output)).toEqual([
      { name: 'default', endpoint: 'unix:///var/run/docker.sock' },
      { name: 'podman', endpoint: 'unix:///home/mia/podman.sock' },
    ]);
  });
});
