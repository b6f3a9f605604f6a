import { join } from 'node:path';
import { format } from 'prettier';
import { ensureBinaries } from '../../test/support/binaries/ensure-binaries.ts';
import { runProgram } from '../../test/support/processes/run-program.ts';

const chart = join(import.meta.dirname, '..', '..', 'charts', 'shimgate');

/** Rendered by Helm, and not managed by it. */
const helmLabels = /^ +(helm\.sh\/chart|app\.kubernetes\.io\/managed-by): .*\n/gm;

const header = `# The chart with its default values, for kubectl apply, in a namespace of its own. Written from the chart: npm run chart.
apiVersion: v1
kind: Namespace
metadata:
  name: shimgate
  labels:
    pod-security.kubernetes.io/audit: restricted
    pod-security.kubernetes.io/enforce: restricted
    pod-security.kubernetes.io/warn: restricted
`;

/** Renders deploy/manifests.yaml: the chart, as Helm itself renders it, with its namespace and without Helm's labels. */
export async function renderManifests(): Promise<string> {
  const { helm } = await ensureBinaries();
  const rendered = await runProgram(helm, ['template', 'shimgate', chart, '--namespace', 'shimgate', '--skip-tests']);
  if (rendered.exitCode !== 0) throw new Error(`helm template failed:\n${rendered.stderr}`);
  const documents = rendered.stdout.replaceAll(helmLabels, '').replaceAll('\n\n---', '\n---');
  return format(header + documents, { parser: 'yaml', singleQuote: true, printWidth: 120 });
}
