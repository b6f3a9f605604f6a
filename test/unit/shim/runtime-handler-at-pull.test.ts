import { describe, expect, test } from '@jest/globals';
import { knownVersions, type ContainerdVersion } from '../../../src/shim/containerd-version.ts';
import {
  defaultPullSettings,
  runtimeHandlerAtPull,
  type PullSettings,
} from '../../../src/shim/runtime-handler-at-pull.ts';

type Effects = Readonly<Record<'1.6' | '1.7' | '2.0' | '2.1' | '2.2' | '2.3' | '2.4', string>>;

/** The same answer from 2.1 to 2.2 and from 2.3 to 2.4, as containerd gives it. */
const effects = (v16: string, v17: string, v20: string, v21: string, v23: string): Effects => ({
  '1.6': v16,
  '1.7': v17,
  '2.0': v20,
  '2.1': v21,
  '2.2': v21,
  '2.3': v23,
  '2.4': v23,
});

/** What each containerd did when it was run with these settings, with and without the annotation. */
const cases: readonly (readonly [string, Partial<PullSettings>, Effects])[] = [
  ["no snapshotter of the handler's own", {}, effects('bears', 'bears', 'bears', 'bears', 'bears')],
  ['the general one as its own', { ofRuntime: 'overlayfs' }, effects('bears', 'bears', 'bears', 'bears', 'bears')],
  ['one in the runtimes table', { ofRuntime: 'native' }, effects('ignores', 'needs', 'ignores', 'ignores', 'fails')],
  ['one in runtime_platforms', { ofPlatform: 'native' }, effects('bears', 'bears', 'bears', 'fails', 'fails')],
  [
    'one in both',
    { ofRuntime: 'native', ofPlatform: 'native' },
    effects('ignores', 'needs', 'needs', 'fails', 'fails'),
  ],
  [
    'unpack_config for both snapshotters',
    { ofRuntime: 'native', unpacked: ['overlayfs', 'native'] },
    effects('ignores', 'needs', 'ignores', 'ignores', 'needs'),
  ],
  [
    "unpack_config for the handler's alone",
    { ofRuntime: 'native', unpacked: ['native'] },
    effects('ignores', 'needs', 'ignores', 'fails', 'needs'),
  ],
  [
    'unpack_config for both, and runtime_platforms',
    { ofRuntime: 'native', ofPlatform: 'native', unpacked: ['overlayfs', 'native'] },
    effects('ignores', 'needs', 'needs', 'needs', 'needs'),
  ],
  ['local pulls', { ofRuntime: 'native', isLocal: true }, effects('ignores', 'needs', 'ignores', 'ignores', 'needs')],
  [
    'local pulls, and runtime_platforms',
    { ofRuntime: 'native', ofPlatform: 'native', isLocal: true },
    effects('ignores', 'needs', 'needs', 'needs', 'needs'),
  ],
  ['another general snapshotter', { general: 'native' }, effects('bears', 'bears', 'bears', 'fails', 'fails')],
  [
    'another general snapshotter, and unpack_config',
    { general: 'native', unpacked: ['native'] },
    effects('bears', 'bears', 'bears', 'bears', 'bears'),
  ],
  ['an empty unpack_config', { unpacked: [] }, effects('bears', 'bears', 'bears', 'fails', 'fails')],
  [
    'a handler that the table does not have',
    { isDeclared: false },
    effects('ignores', 'fails', 'ignores', 'ignores', 'ignores'),
  ],
];

describe('the annotation io.containerd.cri.runtime-handler, at a pull with', () => {
  test.each(cases)('%s', (_name, settings, expected) => {
    const found = knownVersions.map((version) => [
      version,
      runtimeHandlerAtPull(version, { ...defaultPullSettings, ...settings }).effect,
    ]);
    expect(Object.fromEntries(found)).toEqual(expected);
  });
});

describe('what a node lacks before the annotation helps', () => {
  test.each<[ContainerdVersion, Partial<PullSettings>, readonly string[]]>([
    ['1.7', { ofRuntime: 'native' }, []],
    ['2.0', { ofRuntime: 'native' }, ['runtime_platforms']],
    ['2.1', { ofRuntime: 'native' }, ['runtime_platforms', 'unpack_config or use_local_image_pull']],
    ['2.2', { ofRuntime: 'native', isLocal: true }, ['runtime_platforms']],
    ['2.2', { ofRuntime: 'native', ofPlatform: 'native' }, ['unpack_config or use_local_image_pull']],
    ['2.4', { ofRuntime: 'native' }, ['unpack_config or use_local_image_pull']],
    ['2.4', { ofRuntime: 'native', isLocal: true }, []],
    ['1.7', { isDeclared: false }, ['the runtime']],
  ])('with %s and %j', (version, settings, expected) => {
    expect(runtimeHandlerAtPull(version, { ...defaultPullSettings, ...settings }).lacks).toEqual(expected);
  });
});
