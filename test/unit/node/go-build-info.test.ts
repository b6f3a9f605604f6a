import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { containerdVersionOf, goBuildInfo } from '../../../src/node/go-build-info.ts';
import { directoryForTests } from '../../support/directory-for-tests.ts';
import { layNode } from '../../support/lay-node.ts';
import { describeNode } from './describe-laid-node.ts';

const directory = directoryForTests();

const modules =
  'path\tgithub.com/containerd/containerd/v2/cmd/containerd\nmod\tgithub.com/containerd/containerd/v2\tv2.1.5\th1:x=\n';

describe('a program of Go says of what it was built', () => {
  test.each([
    [
      'by the linker',
      'build\t-ldflags="-X github.com/containerd/containerd/version.Version=1.7.27 -X a.b=c"\n',
      '1.7.27',
    ],
    [
      'by the linker, of 2.x',
      "build\t-ldflags=-X 'github.com/containerd/containerd/v2/version.Version=v2.2.0~rc.1'\n",
      '2.2.0~rc.1',
    ],
    ['as the main module', modules, '2.1.5'],
    [
      'as a dependency',
      'mod\texample.com/k3s\t(devel)\t\ndep\tgithub.com/containerd/containerd/v2\tv2.0.5\th1:x=\n',
      '2.0.5',
    ],
    [
      'as a dependency that is replaced',
      'dep\tgithub.com/containerd/containerd/v2\tv2.0.5\n=>\tgithub.com/k3s-io/containerd/v2\tv2.0.7-k3s1\th1:x=\n',
      '2.0.7-k3s1',
    ],
    ['not, from a working copy', 'mod\tgithub.com/containerd/containerd/v2\t(devel)\t\n', undefined],
    ['not, of another program', 'mod\tgithub.com/containerd/containerd/api\tv1.9.0\n', undefined],
  ])('which containerd it is %s', (_, info, version) => {
    expect(containerdVersionOf(info)).toBe(version);
  });

  test.each([0, 15, 100, 256 * 1024 - 5, 256 * 1024 - 40, 700_000])('behind %i bytes', async (offset) => {
    const file = join(directory, 'program');
    await writeFile(file, Buffer.concat([Buffer.alloc(offset, 1), goProgram(modules), Buffer.alloc(1000)]));
    expect(await goBuildInfo(file)).toBe(modules);
  });

  test.each([
    ['is none', Buffer.from('#!/bin/sh\n')],
    ['is empty', Buffer.alloc(0)],
    ['ends in the middle', goProgram(modules).subarray(0, 60)],
    ['is older than Go 1.18', Buffer.concat([Buffer.from([0xff]), Buffer.from(' Go buildinf:'), Buffer.alloc(64)])],
    ['says a length that no text has', Buffer.concat([goProgram('').subarray(0, 32), Buffer.alloc(8, 0xff)])],
  ])('nothing where it %s', async (_, bytes) => {
    const file = join(directory, 'program');
    await writeFile(file, bytes);
    expect(await goBuildInfo(file)).toBeUndefined();
  });

  test('so that files are read as that version reads them', async () => {
    const root = await layNode({
      '/etc/containerd/config.toml': 'version = 2\n',
      '/usr/bin/containerd': { program: goProgram(modules) },
    });
    const { status } = await describeNode(root);
    expect(status.containerd).toMatchObject({ version: '2.1.5', possibleVersions: ['2.1'] });
  });
});

/** What Go's linker writes, around a text about modules. */
function goProgram(info: string): Buffer {
  const mark = '0123456789abcdef';
  const text = (of: string) => {
    const bytes = Buffer.from(of);
    const length: number[] = [];
    for (let left = bytes.length; ; left = Math.floor(left / 128)) {
      length.push(left < 128 ? left : (left % 128) | 0x80);
      if (left < 128) break;
    }
    return Buffer.concat([Buffer.from(length), bytes]);
  };
  const header = Buffer.alloc(32);
  header[0] = 0xff;
  header.write(' Go buildinf:', 1, 'latin1');
  header[14] = 8;
  header[15] = 2;
  return Buffer.concat([header, text('go1.26.0'), text(`${mark}${info}${mark}`)]);
}
