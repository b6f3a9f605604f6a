import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runProgram } from '../../support/processes/run-program.ts';

export type PushedImage = {
  /** How pods name it. */
  readonly reference: string;
  /** How snapshotters name its one layer, unpacked. Source: OCI image specification, Layer ChainID. */
  readonly chainId: string;
};

/**
 * Pushes an image of one static program to a registry, by the distribution API alone.
 *
 * @param registry such as `localhost:5000`
 * @param program its path; the image runs it
 * @param madeAt in seconds: images that differ in it have different layers
 * @throws Error where the registry refuses a part
 */
export async function pushImage(
  registry: string,
  repository: string,
  program: string,
  madeAt = 0,
): Promise<PushedImage> {
  const name = path.basename(program);
  const layer = await tarOf(program, madeAt);
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      config: { Entrypoint: [`/${name}`], User: '65532:65532' },
      rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
    }),
  );
  const part = (mediaType: string, content: Buffer) => ({
    mediaType,
    digest: digestOf(content),
    size: content.length,
  });
  for (const content of [layer, config]) await pushBlob(registry, repository, content);
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: part('application/vnd.oci.image.config.v1+json', config),
    layers: [part('application/vnd.oci.image.layer.v1.tar', layer)],
  });
  const answer = await fetch(`http://${registry}/v2/${repository}/manifests/latest`, {
    method: 'PUT',
    headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
    body: manifest,
  });
  if (!answer.ok) throw new Error(`The registry refused ${repository}: ${answer.status} ${await answer.text()}`);
  return { reference: `${registry}/${repository}:latest`, chainId: digestOf(layer) };
}

async function pushBlob(registry: string, repository: string, content: Buffer): Promise<void> {
  const url = `http://${registry}/v2/${repository}/blobs/uploads/?digest=${digestOf(content)}`;
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: new Uint8Array(content),
  });
  if (answer.status !== 201) throw new Error(`The registry refused a blob: ${answer.status} ${await answer.text()}`);
}

/** An archive that is the same on every machine: owner, mode and time are set. */
async function tarOf(program: string, madeAt: number): Promise<Buffer> {
  const fixed = ['--owner=0', '--group=0', '--numeric-owner', `--mtime=@${madeAt}`, '--mode=0755', '--format=ustar'];
  const directory = await mkdtemp(path.join(tmpdir(), 'image-'));
  const archive = path.join(directory, 'layer.tar');
  const args = [...fixed, '-C', path.dirname(program), '-cf', archive, path.basename(program)];
  const { exitCode, stderr } = await runProgram('tar', args);
  if (exitCode !== 0) throw new Error(`tar failed: ${stderr}`);
  const content = await readFile(archive);
  await rm(directory, { recursive: true });
  return content;
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
