import type { Configuration } from '../../../src/config/configuration.ts';
import { readConfiguration } from '../../../src/config/read-configuration.ts';
import { locatedSentence } from '../../../src/finding/located-finding.ts';
import type { ShimgateConfiguration } from '../../../src/generated/configuration.ts';
import type { Namespace, Node, RuntimeClass, Taint } from '../../../src/generated/objects.ts';
import { indexCluster } from '../../../src/policy/cluster-index.ts';
import { World } from '../../../src/policy/world.ts';

/** A configuration's fields, without the two that every document has. */
export type ConfigurationFields = Omit<ShimgateConfiguration, 'apiVersion' | 'kind'>;

export type WorldParts = {
  readonly configuration?: ConfigurationFields;
  /** Newest first. */
  readonly recent?: readonly ConfigurationFields[];
  readonly classes?: readonly RuntimeClass[];
  readonly namespaces?: readonly Namespace[];
  readonly nodes?: readonly Node[];
};

/** The world that policies see, from configurations that are read as files are. */
export function worldOf({
  configuration = {},
  recent = [],
  classes = [],
  namespaces = [],
  nodes = [],
}: WorldParts): World {
  const cluster = indexCluster({
    classes: new Map(classes.map((one) => [one.metadata?.name ?? '', one])),
    namespaces: new Map(namespaces.map((one) => [one.metadata?.name ?? '', one])),
    nodes: new Map(nodes.map((one, index) => [String(index), one])),
  });
  return new World(cluster, configurationOf(configuration), recent.map(configurationOf));
}

/** @throws where the configuration is not valid: the test is wrong then */
export function configurationOf(fields: ConfigurationFields): Configuration {
  const text = JSON.stringify({ apiVersion: 'config.shimgate.dev/v1alpha1', kind: 'ShimgateConfiguration', ...fields });
  const { configuration, findings } = readConfiguration(Buffer.from(text), 'test');
  if (configuration === undefined) throw new Error(findings.map(locatedSentence).join('\n'));
  return configuration;
}

type ClassParts = {
  readonly declares?: string;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: NonNullable<NonNullable<RuntimeClass['scheduling']>['tolerations']>;
};

export function classOf(name: string, handler: string, parts: ClassParts = {}): RuntimeClass {
  const { declares, nodeSelector, tolerations } = parts;
  return {
    metadata: {
      name,
      ...(declares !== undefined && { annotations: { 'shimgate.dev/declared-runtime-type': declares } }),
    },
    handler,
    ...((nodeSelector ?? tolerations) !== undefined && {
      scheduling: { ...(nodeSelector && { nodeSelector }), ...(tolerations && { tolerations }) },
    }),
  };
}

type NodeParts = { readonly labels?: Readonly<Record<string, string>>; readonly taints?: readonly Taint[] };

/** @param handlers what the node reports: names, those that end in `!` without a feature; undefined for an old kubelet */
export function nodeOf(name: string, handlers: readonly string[] | undefined, parts: NodeParts = {}): Node {
  return {
    metadata: { name, ...(parts.labels && { labels: parts.labels }) },
    ...(parts.taints && { spec: { taints: [...parts.taints] } }),
    status:
      handlers === undefined
        ? {}
        : {
            runtimeHandlers: handlers.map((handler) => ({
              name: handler.replace(/!$/, ''),
              features: { recursiveReadOnlyMounts: !handler.endsWith('!'), userNamespaces: false },
            })),
          },
  };
}

export function namespaceOf(name: string, labels: Readonly<Record<string, string>> = {}): Namespace {
  return { metadata: { name, labels } };
}
