import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { readConfiguration } from '../../../src/config/read-configuration.ts';
import { worded, type WordedFinding } from '../../../src/finding/wording.ts';
import { importPaths } from '../../../src/import/import-paths.ts';
import { apiServerRefusals } from '../../../src/manifests/api-server-refusals.ts';
import { misplacedFields } from '../../../src/manifests/misplaced-fields.ts';
import { parseManifests } from '../../../src/manifests/read-manifests.ts';
import { makeTemporaryDirectory } from '../mounted-directory.ts';
import { findingsOf } from '../reports/audit-of.ts';
import { auditRefusedBy, type RefusalStatus } from './audit-refused.ts';

/** The moment of the audits: late in 2025, when a CA of the examples is about to end. */
const now = Date.parse('2025-12-28T00:00:00Z');

type ExampleObject = { readonly kind: string };

/** A ShimgateConfiguration. */
export function judgeConfiguration(bytes: Buffer): readonly WordedFinding[] {
  return readConfiguration(bytes, 'shimgate.yaml').findings.map(worded);
}

/** A manifest. */
export function judgeManifest(bytes: Buffer): readonly WordedFinding[] {
  const { objects, findings } = parseManifests(bytes, 'manifest.yaml');
  return [...findings, ...objects.flatMap(apiServerRefusals), ...objects.flatMap(misplacedFields)].map(worded);
}

/** Objects of a cluster, with a ShimgateConfiguration among them or not; or the Status by which an API server refuses. */
export async function judgeAudit(bytes: Buffer): Promise<readonly WordedFinding[]> {
  const objects = parseAllDocuments(bytes.toString()).map((document) => document.toJS() as ExampleObject);
  const refusal = objects.find(isRefusal);
  if (refusal !== undefined) return auditRefusedBy(refusal);
  const isConfiguration = ({ kind }: ExampleObject) => kind === 'ShimgateConfiguration';
  const { apiVersion, kind, ...configuration } = {
    apiVersion: '',
    kind: '',
    ...objects.find(isConfiguration),
  };
  return findingsOf({ configuration, objects: objects.filter((one) => !isConfiguration(one)), now });
}

/**
 * A map from file names to texts, laid out in a directory. All files but those in folders are imported, in their order:
 * each is of another node, or has RuntimeClasses.
 */
export async function judgeImport(bytes: Buffer): Promise<readonly WordedFinding[]> {
  const files = Object.entries(parse(bytes.toString()) as Readonly<Record<string, string>>);
  const directory = await makeTemporaryDirectory();
  try {
    for (const [name, text] of files) {
      await mkdir(path.dirname(path.join(directory, name)), { recursive: true });
      await writeFile(path.join(directory, name), text);
    }
    const given = files.map(([name]) => name).filter((name) => !name.includes('/'));
    const { findings } = await importPaths(given.map((name) => path.join(directory, name)));
    // So that it reads the same on every machine.
    const portable = (text: string) => text.replaceAll(`${directory}/`, '');
    return findings
      .map(worded)
      .map((found) => ({ ...found, message: portable(found.message), fix: portable(found.fix) }));
  } finally {
    await rm(directory, { recursive: true });
  }
}

function isRefusal(object: ExampleObject): object is RefusalStatus {
  return object.kind === 'Status';
}
