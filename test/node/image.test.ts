import { chmod, lstat, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { version } from '../../src/cli/version.ts';
import { runProgram } from '../support/processes/run-program.ts';
import { readProductImage } from './prepare/prepared.ts';
import { blobFile, readImageLayout, type LaidOutImage } from './stage/image-layout.ts';

const root = join(import.meta.dirname, '..', '..');
const mebibyte = 1024 * 1024;

type File = {
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly kind: 'file' | 'link' | 'folder';
};

let folders: readonly [string, string];
let image: LaidOutImage;
let unpacked: string;
let files: readonly File[];

beforeAll(async () => {
  folders = readProductImage();
  image = await readImageLayout(folders[0]);
  unpacked = await mkdtemp(join(tmpdir(), 'image-'));
  for (const layer of image.parts.layers) {
    const { exitCode, stderr } = await runProgram('tar', ['-xpf', blobFile(folders[0], layer), '-C', unpacked]);
    if (exitCode !== 0) throw new Error(stderr);
  }
  files = await filesBelow(unpacked);
  await chmod(unpacked, 0o755);
}, 120_000);

afterAll(async () => {
  await rm(unpacked, { recursive: true, force: true });
});

test('is the same, by digest, when it is built again from a copy of the checkout with other modes and times', async () => {
  expect((await readImageLayout(folders[1])).index).toEqual(image.index);
});

test('is small', () => {
  const sizes = image.parts.layers.map(({ size }) => size);
  const pulled = sizes.reduce((sum, size) => sum + size, 0);
  process.stdout.write(`  the image: ${(pulled / mebibyte).toFixed(1)} MiB to pull, ${image.manifest.digest}\n`);
  expect(pulled).toBeLessThan(64 * mebibyte);
});

test('says what it is, who it runs as, and which base it is made on', () => {
  expect(image.config.config).toMatchObject({
    User: '65532:65532',
    WorkingDir: '/app',
    Entrypoint: ['node', '--max-semi-space-size=4', 'dist/main.js'],
    ExposedPorts: { '8080/tcp': {}, '8443/tcp': {} },
    Labels: {
      'org.opencontainers.image.title': 'shimgate',
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'org.opencontainers.image.base.name': expect.stringMatching(
        /^localhost\/shimgate\/runtime-base@sha256:[0-9a-f]{64}$/,
      ),
    },
  });
  expect(image.config.config.Env).toContain('NODE_ENV=production');
});

describe('what is in it', () => {
  test('of shimgate: the program that is tested here, byte by byte, its licence, and nothing else', async () => {
    const built = (await filesBelow(join(root, 'dist'))).map(({ path }) => `dist/${path}`);
    const app = files.flatMap(({ path, kind }) =>
      path.startsWith('app/') && kind !== 'folder' ? [path.slice(4)] : [],
    );
    expect(app.toSorted()).toEqual(['LICENSE', 'LICENSE.node', 'package.json', ...built].toSorted());
    for (const file of app.filter((one) => one !== 'LICENSE.node')) {
      const [inImage, here] = await Promise.all([readFile(join(unpacked, 'app', file)), readFile(join(root, file))]);
      expect([file, inImage.equals(here)]).toEqual([file, true]);
    }
  });

  test('of programs: Node, and no shell, package manager or anything else that can be started', () => {
    const folders_ = ['usr/bin/', 'usr/sbin/', 'usr/local/bin/', 'usr/local/sbin/'];
    const programs = files.filter(
      ({ path, kind }) => kind !== 'folder' && folders_.some((one) => path.startsWith(one)),
    );
    expect(programs.map(({ path }) => path)).toEqual(['usr/local/bin/node']);
    const executable = files
      .filter(({ kind, mode }) => kind === 'file' && (mode & 0o111) !== 0)
      .map(({ path }) => path);
    // Libraries, and a script of Debian's base-files that no shell is there for.
    expect(
      executable.filter((path) => !/\/lib\/.*\.so|\/ld-linux|\/gconv\/|^\/etc\/update-motd\.d\//.test(`/${path}`)),
    ).toEqual(['app/dist/main.js', 'usr/local/bin/node']);
    expect(files.filter(({ path }) => path.includes('node_modules'))).toEqual([]);
  });

  test('nothing that the user of the image can change, or become somebody else by', () => {
    expect(files.filter(({ uid }) => uid !== 0)).toEqual([]);
    expect(files.filter(({ kind, mode }) => kind === 'file' && (mode & 0o6000) !== 0)).toEqual([]);
    // With the sticky bit, as /tmp, nobody can change what is somebody else's.
    const isOpen = ({ kind, mode }: File) => kind !== 'link' && (mode & 0o1002) === 0o002;
    expect(files.filter(isOpen)).toEqual([]);
  });

  test('it runs, in a root that has nothing else', async () => {
    const { stdout, stderr } = await runProgram('chroot', [
      '--userspec=65532:65532',
      unpacked,
      ...['/usr/local/bin/node', '/app/dist/main.js', 'resolve', 'io.containerd.kata.v2'],
    ]);
    expect(stdout + stderr).toContain('containerd-shim-kata-v2');
  });

  test('a bill of materials in CycloneDX, with version, licence and package URL of each package in the bundle', async () => {
    const bill = JSON.parse(await readFile(join(unpacked, 'app', 'dist', 'sbom.cdx.json'), 'utf8')) as {
      readonly bomFormat: string;
      readonly metadata: { readonly component: object };
      readonly components: readonly { readonly name: string; readonly purl?: string; readonly licenses?: object[] }[];
    };
    expect(bill.bomFormat).toBe('CycloneDX');
    expect(bill.metadata.component).toMatchObject({ name: 'shimgate', version });
    const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
      readonly packages: Readonly<Record<string, { readonly version: string; readonly dev?: true }>>;
    };
    // Not those that only development needs.
    const locked = Object.entries(lock.packages).flatMap(([path, one]) =>
      one.dev === true ? [] : [`pkg:npm/${path.replace(/^.*node_modules\//, '').replace('@', '%40')}@${one.version}`],
    );
    const listed = bill.components.map(({ purl = '' }) => purl.replace(/\?.*/, ''));
    expect(listed.filter((purl) => !locked.includes(purl))).toEqual([]);
    expect(bill.components.filter(({ licenses = [] }) => licenses.length === 0)).toEqual([]);
    expect(listed).toEqual(expect.arrayContaining([expect.stringMatching(/^pkg:npm\/express@/)]));
  });
});

async function filesBelow(folder: string): Promise<readonly File[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const { mode, uid } = await lstat(path);
      const kind = entry.isSymbolicLink()
        ? ('link' as const)
        : entry.isDirectory()
          ? ('folder' as const)
          : ('file' as const);
      return { path: relative(folder, path), mode, uid, kind };
    }),
  );
}
