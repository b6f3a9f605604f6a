import { describe, expect, test } from '@jest/globals';
import { knownVersions, type ContainerdVersion } from '../../../src/shim/containerd-version.ts';
import {
  defaultPullSettings,
  runtimeHandlerAtPull,
  type PullSettings,
} from '../../../src/shim/runtime-handler-at-pull.ts';
import { by } from '../../support/by-version.ts';

/** What each containerd did when it was run with these settings, with and without the annotation. */
const cases: readonly (readonly [string, Partial<PullSettings>, ReturnType<typeof by>])[] = [
  ["no snapshotter of the handler's own", {}, by('bears', 'bears', 'bears', 'bears', 'bears')],
  ['the general one as its own', { ofRuntime: 'overlayfs' }, by('bears', 'bears', 'bears', 'bears', 'bears')],
  ['one in the runtimes table', { ofRuntime: 'native' }, by('ignores', 'needs', 'ignores', 'ignores', 'fails')],
  ['one in runtime_platforms', { ofPlatform: 'native' }, by('bears', 'bears', 'bears', 'fails', 'fails')],
  ['one in both', { ofRuntime: 'native', ofPlatform: 'native' }, by('ignores', 'needs', 'needs', 'fails', 'fails')],
  [
    'unpack_config for both snapshotters',
    { ofRuntime: 'native', unpacked: ['overlayfs', 'native'] },
    by('ignores', 'needs', 'ignores', 'ignores', 'needs'),
  ],
  [
    "unpack_config for the handler's alone",
    { ofRuntime: 'native', unpacked: ['native'] },
    by('ignores', 'needs', 'ignores', 'fails', 'needs'),
  ],
  [
    'unpack_config for both, and runtime_platforms',
    { ofRuntime: 'native', ofPlatform: 'native', unpacked: ['overlayfs', 'native'] },
    by('ignores', 'needs', 'needs', 'needs', 'needs'),
  ],
  ['local pulls', { ofRuntime: 'native', isLocal: true }, by('ignores', 'needs', 'ignores', 'ignores', 'needs')],
  [
    'local pulls, and runtime_platforms',
    { ofRuntime: 'native', ofPlatform: 'native', isLocal: true },
    by('ignores', 'needs', 'needs', 'needs', 'needs'),
  ],
  ['another general snapshotter', { general: 'native' }, by('bears', 'bears', 'bears', 'fails', 'fails')],
  [
    'another general snapshotter, and unpack_config',
    { general: 'native', unpacked: ['native'] },
    by('bears', 'bears', 'bears', 'bears', 'bears'),
  ],
  ['an empty unpack_config', { unpacked: [] }, by('bears', 'bears', 'bears', 'fails', 'fails')],
  [
    'a handler that the table does not have',
    { isDeclared: false },
    by('ignores', 'fails', 'ignores', 'ignores', 'ignores'),
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
