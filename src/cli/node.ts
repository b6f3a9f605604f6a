import { hostname } from 'node:os';
import { NodeDescriber } from '../node/describe-node.ts';
import { NodeAgent } from '../node/node-agent.ts';
import { nodeObject } from '../node/node-object.ts';
import { nodeRoot } from '../node/node-root.ts';
import type { ContainerdVersion } from '../shim/containerd-version.ts';
import { connect, untilStopped } from './connect.ts';
import { exitCodes } from './exit.ts';
import { createLogger } from './logger.ts';
import { writeFindings, writeStructured, type OutputFormat } from './output.ts';

export type NodeOptions = {
  readonly once?: true;
  readonly output?: OutputFormat;
  readonly root: string;
  readonly hostPath: readonly string[];
  readonly configPath?: string;
  readonly searchPath?: readonly string[];
  readonly containerdVersion?: ContainerdVersion;
  readonly kubeconfig?: string;
  readonly logLevel: string;
};

/**
 * `shimgate node`: says what runtimes the node has that it runs on, on standard output once, or in the node's object for as
 * long as it runs.
 *
 * @returns the exit code: once, 2 where the configuration was not read, 1 where something is an error or missing
 */
export async function node(options: NodeOptions, version: string): Promise<number> {
  const { root, hostPath, configPath, searchPath, containerdVersion } = options;
  const seen = nodeRoot(root, hostPath.length === 0 ? undefined : hostPath);
  const describer = new NodeDescriber(seen, { configPath, searchPath, version: containerdVersion });
  return options.once === true ? printOnce(describer, options) : follow(describer, options, version);
}

async function printOnce(describer: NodeDescriber, { output = 'yaml' }: NodeOptions): Promise<number> {
  const described = await describer.describe();
  const name = (process.env['NODE_NAME'] ?? '') || hostname().toLowerCase();
  writeStructured(nodeObject(name, described, [], new Date().toISOString()), output);
  writeFindings(described.findings);
  const isRead = described.conditions.some(({ type, status }) => type === 'ConfigurationRead' && status === 'True');
  if (!isRead) return exitCodes.failed;
  const isMissing = described.conditions.some(({ status }) => status === 'False');
  const hasErrors = described.findings.some(({ severity }) => severity === 'error');
  return isMissing || hasErrors ? exitCodes.found : exitCodes.fine;
}

async function follow(describer: NodeDescriber, options: NodeOptions, version: string): Promise<number> {
  const stopped = untilStopped();
  const logger = createLogger(options.logLevel);
  const agent = new NodeAgent(connect(options.kubeconfig), describer, logger);
  void stopped.then((signal) => {
    logger.info({ signal }, 'stopping');
    agent.stop();
  });
  logger.info({ version }, 'following the files of this node');
  await agent.run();
  return exitCodes.fine;
}
