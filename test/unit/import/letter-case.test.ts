import { expect, test } from '@jest/globals';
import type { ContainerdVersion } from '../../../src/shim/containerd-version.ts';
import { directoryForTests } from '../../support/directory-for-tests.ts';
import { importFiles, layFiles } from './lay-files.ts';

const directory = directoryForTests();

const section = 'plugins."io.containerd.grpc.v1.cri".containerd';
const file = `version = 2
[${section}]
Default_Runtime_Name = "capitals"
[${section}.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[${section}.runtimes.capitals]
RUNTIME_TYPE = "io.containerd.a.v1"
POD_ANNOTATIONS = ["a"]
[${section}.runtimes.mixed]
Runtime_Type = "io.containerd.b.v1"
[${section}.runtimes.partly]
runtime_type = "io.containerd.c.v1"
Pod_Annotations = ["c"]
[${section}.runtimes.partly.Options]
ConfigPath = "/c"
`;

/** As config dump and crictl info of each had it. */
test.each<[ContainerdVersion, string, object, readonly string[]]>([
  [
    '1.7',
    'runc',
    {
      capitals: { runtimeType: 'io.containerd.a.v1', podAnnotations: ['a'] },
      partly: { runtimeType: 'io.containerd.c.v1', podAnnotations: [] },
    },
    ['m:3:1 KeyIgnored', 'm:9:58 RuntimeLeftOut', 'm:10:1 KeyIgnored', 'm:13:1 KeyIgnored', 'm:14:65 KeyIgnored'],
  ],
  [
    '2.4',
    'capitals',
    {
      capitals: { runtimeType: 'io.containerd.a.v1', podAnnotations: ['a'] },
      mixed: { runtimeType: 'io.containerd.b.v1', podAnnotations: [] },
      partly: { runtimeType: 'io.containerd.c.v1', options: { ConfigPath: '/c' }, podAnnotations: ['c'] },
    },
    [],
  ],
])('containerd %s takes keys by their letter case as it does', async (version, defaultRuntime, expected, findings) => {
  const { result, said } = await importFiles(await layFiles(directory, { m: file }), ['m'], version);
  const { runc: _, ...others } = Object.fromEntries(result.runtimes);
  expect(others).toEqual(expected);
  expect(result.defaultRuntime).toBe(defaultRuntime);
  expect(said).toEqual(findings);
});
