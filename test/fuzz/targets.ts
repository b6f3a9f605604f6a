import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { decodeAdmissionReview, MalformedReviewError } from '../../src/admission/decode-review.ts';
import { checkNames } from '../../src/admission/request-names.ts';
import { readNode } from '../../src/import/read-node.ts';
import type { NodeFiles } from '../../src/import/node-files.ts';
import { combineNodes } from '../../src/import/combine-nodes.ts';
import { writeConfiguration } from '../../src/import/write-configuration.ts';
import { readConfiguration } from '../../src/config/read-configuration.ts';
import { parseManifests } from '../../src/manifests/read-manifests.ts';
import { globRegex } from '../../src/registration/glob-regex.ts';
import { pathMatch } from '../../src/shim/path-match.ts';
import { admit } from '../support/worlds/answered.ts';
import { readWorld } from './expected-answer.ts';
import { goMatch } from './go-match.ts';

/** Something that reads what others wrote, and what it must do with whatever that is. */
export type FuzzTarget = {
  readonly name: string;
  readonly seeds: readonly Buffer[];
  readonly maxBytes: number;
  /** @throws where it does what it must not */
  readonly run: (input: Buffer) => void | Promise<void>;
};

const fixtures = path.join(import.meta.dirname, '../fixtures');

function filesBelow(directory: string, isWanted: (name: string) => boolean): readonly Buffer[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && isWanted(entry.name))
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name)))
    .filter((bytes) => bytes.length < 20_000);
}

/** A body is refused as malformed, or judged by both webhooks; the answer is JSON, and a denial has no patch. */
async function decode(): Promise<FuzzTarget> {
  const world = await readWorld(path.join(fixtures, 'fuzz'));
  return {
    name: 'decode',
    seeds: filesBelow(path.join(fixtures, 'admission-reviews'), (name) => !name.endsWith('.expected.json')),
    maxBytes: 64 * 1024,
    run: (input) => {
      for (const phase of ['mutating', 'validating'] as const) {
        try {
          const request = decodeAdmissionReview(input);
          checkNames(request);
          const { response } = admit(request, phase, world).review;
          JSON.parse(JSON.stringify(response));
          if (!response.allowed && response.patch !== undefined) throw new Error('a denial has a patch');
          if (response.warnings?.some((text) => /\p{Cc}/u.test(text)) === true) throw new Error('a warning is dropped');
        } catch (error) {
          if (!(error instanceof MalformedReviewError)) throw error;
        }
      }
    },
  };
}

/** Nothing else is on the node. */
const emptyNode: NodeFiles = {
  read: () => Promise.resolve({ kind: 'missing' }),
  glob: () => Promise.resolve({ paths: [], unseen: undefined }),
  onDisk: (file) => file,
  shown: (file) => file,
  hasAll: () => true,
};

/** A node's file gives findings, and a configuration that can be read again. */
const importing: FuzzTarget = {
  name: 'import',
  seeds: [
    ...filesBelow(path.join(fixtures, 'import'), (name) => /\.(toml|json)$/.test(name)),
    Buffer.from('version = 3\n[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.a]\nruntime_type = "a.b"\n'),
  ],
  maxBytes: 16 * 1024,
  run: async (input) => {
    const { node } = await readNode(emptyNode, '/etc/containerd/config.toml', {
      kind: 'bytes',
      bytes: input,
    });
    if (node === undefined) return;
    const combined = combineNodes([node], () => undefined);
    const written = writeConfiguration({ ...combined, sources: ['config.toml'] }, 'yaml');
    const { configuration, findings: again } = readConfiguration(Buffer.from(written), 'written');
    if (configuration === undefined)
      throw new Error(`what was written cannot be read: ${JSON.stringify(again)}\n${written}`);
  },
};

/** Manifests give objects and findings, each with a line that there is. */
const manifests: FuzzTarget = {
  name: 'manifests',
  seeds: [
    ...filesBelow(path.join(fixtures, 'audit'), (name) => name.endsWith('.yaml')),
    ...filesBelow(path.join(fixtures, 'policies'), (name) => name.endsWith('.yaml')).slice(0, 60),
  ],
  maxBytes: 16 * 1024,
  run: (input) => {
    const { findings } = parseManifests(input, 'manifests.yaml');
    const lines = input.toString('utf8').split(/\r\n|\r|\n/).length;
    for (const { source } of findings) {
      if (source.line < 1 || source.line > lines + 1) throw new Error(`line ${source.line} of ${lines}`);
    }
  },
};

/** A glob and a name, with a line break between them. */
const globs: FuzzTarget = {
  name: 'globs',
  seeds: [
    '*\na',
    'a?[b-d]*\nabc',
    '[^a-z]\\*\n1*',
    'io.kata*.*\nio.katacontainers.x',
    '[]a]\n]',
    '[\\]]\n]',
    '*/*\na/b',
  ].map((text) => Buffer.from(text)),
  maxBytes: 80,
  run: (input) => {
    const [glob = '', ...rest] = input.toString('utf8').split('\n');
    const name = rest.join('\n');
    const [ours, expected] = [pathMatch(glob, name), goMatch(glob, name)];
    if (ours !== expected) throw new Error(`${JSON.stringify([glob, name])}: ${ours}, and not ${expected}`);
    const regex = new RegExp(globRegex(glob), 'su');
    // The API server's own answer may send more than is needed, and never less.
    if (ours === 'match' && !name.includes('/') && /^[ -~]*$/.test(glob + name) && !regex.test(name))
      throw new Error(`${JSON.stringify([glob, name])} is not sent`);
  },
};

/** All targets, read from fixtures. */
export async function fuzzTargets(): Promise<readonly FuzzTarget[]> {
  return [await decode(), importing, manifests, globs];
}
