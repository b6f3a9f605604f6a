import { describe, expect, test } from '@jest/globals';
import { directoryForTests } from '../../support/directory-for-tests.ts';
import { messageOf } from '../../../src/finding/wording.ts';
import { importFiles, layFiles } from './lay-files.ts';

const directory = directoryForTests();

const own = {
  'runhcs-wcow-hypervisor': {
    runtimeType: 'io.containerd.runhcs.v1',
    options: { SandboxIsolation: 1, ScaleCpuLimitsToSandbox: true },
    podAnnotations: ['io.microsoft.virtualmachine.*'],
  },
  'runhcs-wcow-process': { runtimeType: 'io.containerd.runhcs.v1', podAnnotations: [] },
};

describe('a node of Windows has the runtimes of runhcs, and no runc', () => {
  test.each([
    ['by its root', 'root = "D:\\\\containerd"\n'],
    ['by its state, with slashes', "state = 'C:/ProgramData/containerd'\n"],
    ['by its pipe', 'version = 3\n[grpc]\naddress = "\\\\\\\\.\\\\pipe\\\\containerd"\n'],
  ])('%s', async (_name, text) => {
    const { result } = await importFiles(await layFiles(directory, { a: text }), ['a']);
    expect(Object.fromEntries(result.runtimes)).toEqual(own);
    expect(result.defaultRuntime).toBe('runhcs-wcow-process');
    expect(result.findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
  });

  test('its own snapshotter is not said', async () => {
    const text = `version = 3\nroot = 'C:\\x'\n[plugins."io.containerd.cri.v1.images"]\nsnapshotter = "windows"\n`;
    const { result } = await importFiles(await layFiles(directory, { a: text }), ['a']);
    expect(Object.fromEntries(result.runtimes)).toEqual(own);
  });

  test('an import cannot be looked up without its root', async () => {
    const text = `version = 3\nimports = ['C:\\Program Files\\containerd\\a.toml', 'C:\\x\\*.toml']\n`;
    const { result } = await importFiles(await layFiles(directory, { a: text }), ['a']);
    const ofImports = result.findings.filter((found) => messageOf(found).includes('could not be looked up'));
    expect(ofImports.map(({ code }) => code)).toEqual(['ImportNotLookedUp', 'ImportMatchesNothing']);
  });

  test('an import is found below its root', async () => {
    const node = await layFiles(directory, {
      'Program Files/containerd/config.toml': `version = 3\nimports = ['C:\\Program Files\\containerd\\conf.d\\*.toml']\n`,
      'Program Files/containerd/conf.d/a.toml': `version = 3\n[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.more]\nruntime_type = "io.containerd.runhcs.v1"\n`,
    });
    const { result } = await importFiles(node, ['']);
    expect([...result.runtimes.keys()]).toEqual(['more', ...Object.keys(own)]);
  });
});
