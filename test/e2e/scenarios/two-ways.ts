import { isDeepStrictEqual } from 'node:util';
import type { ApiAnswer } from '../../support/cluster/api-client.ts';
import { answeredCounts, type AnsweredCounts } from '../../support/cluster/answered-counts.ts';
import type { Cluster } from '../../support/cluster/cluster.ts';
import { eventually } from '../../support/eventually.ts';
import { Installation } from '../../support/installation/installation.ts';
import { configure } from './configure.ts';
import { metric } from '../../support/installation/webhook-pages.ts';

/** Whether the API server answers for an object where it can, or whether all of it is sent. */
export type Way = 'answered' | 'sent';

const ways = ['answered', 'sent'] as const satisfies readonly Way[];

/** The label by which one of the two installations is responsible for an object, and no other. */
const label = 'two-ways.example.com/way';

/** Pods with that label are kept from both by a condition that an admin has added. */
const leftAlone = {
  name: 'not-left-alone',
  expression: 'object.metadata.?labels[?"two-ways.example.com/left-alone"].orValue("") != "true"',
};

/** What an object's author sees, and what is stored: without what is made anew for each. */
export type Outcome = { readonly status: number; readonly warnings: readonly string[]; readonly body: unknown };

type Labelled = { readonly metadata?: { readonly labels?: Readonly<Record<string, string>> | null } | null };

/** A pod that is created both ways. */
type Created = { readonly metadata: { readonly generateName?: string } };

/** How often the API server's policies have to be the same, a poll apart, until they are taken to be settled. */
const calmPolls = 20;

/**
 * shimgate installed twice on one cluster, with the same configuration: once the API server answers ordinary pods by itself,
 * and once each is sent. A label of the object chooses, so that nothing else of it is different.
 */
export class TwoWays {
  readonly #cluster: Cluster;
  readonly #installations: Readonly<Record<Way, Installation>>;
  readonly #trustedWebhooks: readonly string[];
  #installed: object;
  /** What was last written into the ConfigMaps; what is there already is read no second time. */
  #written = '';

  private constructor(
    cluster: Cluster,
    installations: Readonly<Record<Way, Installation>>,
    config: object,
    trustedWebhooks: readonly string[],
  ) {
    this.#cluster = cluster;
    this.#trustedWebhooks = trustedWebhooks;
    this.#installations = installations;
    this.#installed = config;
  }

  /**
   * @param config the configuration, without apiVersion and kind
   * @param trustedWebhooks of the one that answers
   */
  static async start(cluster: Cluster, config: object, trustedWebhooks: readonly string[] = []): Promise<TwoWays> {
    const [answered, sent] = await Promise.all(
      ways.map((way) =>
        Installation.install(cluster, {
          release: way,
          namespace: `shimgate-${way}`,
          values: valuesFor(way, config, trustedWebhooks),
        }),
      ),
    );
    if (answered === undefined || sent === undefined) throw new Error('Two ways, and not two installations.');
    return new TwoWays(cluster, { answered, sent }, config, trustedWebhooks);
  }

  async stop(): Promise<void> {
    await Promise.all(ways.map((way) => this.#installations[way].stop()));
  }

  /** The installation for which the API server answers. */
  get answering(): Installation {
    return this.#installations.answered;
  }

  /** Has both go by another configuration, and waits until they do. */
  async configure(config: object): Promise<void> {
    const text = JSON.stringify(config);
    if (text === this.#written) return;
    if (entriesOf(config) !== entriesOf(this.#installed)) await this.#upgrade(config);
    await Promise.all(ways.map((way) => configure(this.#cluster, this.#installations[way], config)));
    this.#written = text;
  }

  /** By helm, which takes its time: where the webhooks need other entries. */
  async #upgrade(config: object): Promise<void> {
    for (const way of ways) {
      const installation = this.#installations[way];
      const reloads = () => Promise.all(installation.pods.map((pod) => metric(pod, 'shimgate_config_reload_total')));
      const before = await reloads();
      // The ConfigMap was written meanwhile, by another hand.
      const values = valuesFor(way, config, this.#trustedWebhooks);
      const { exitCode, stderr } = await installation.helm('upgrade', values, ['--force-conflicts']);
      if (exitCode !== 0) throw new Error(stderr);
      await eventually(async () => {
        if (isDeepStrictEqual(await reloads(), before)) throw new Error(`${way} has not read its configuration.`);
      });
    }
    this.#installed = config;
  }

  /** Waits until the answers are what they should be: unchanged for a while, and no class waits for its interlock. */
  async settled(): Promise<void> {
    let last = '';
    let calm = 0;
    await eventually(async () => {
      const now = await this.#policies();
      calm = now === last ? calm + 1 : 0;
      last = now;
      if (calm < calmPolls) throw new Error('The answers still change.');
      const waiting = await this.classes('waiting');
      if (waiting > 0) throw new Error(`${waiting} classes wait for their interlock.`);
    }, 60_000);
  }

  /** Creates a pod both ways, without effect. @returns what came of each */
  async create(namespace: string, pod: Created): Promise<Readonly<Record<Way, Outcome>>> {
    const collection = `/api/v1/namespaces/${namespace}/pods?dryRun=All`;
    const [answered, sent] = await Promise.all(
      ways.map(async (way) => {
        const answer = await this.#cluster.api.send('POST', collection, labelled(pod, way));
        return outcomeOf(answer, pod.metadata.generateName);
      }),
    );
    if (answered === undefined || sent === undefined) throw new Error('Two ways, and not two outcomes.');
    return { answered, sent };
  }

  /** How many classes are answered, wait, or are left out. */
  async classes(state: 'answered' | 'waiting' | 'left'): Promise<number> {
    const [pod] = this.answering.pods;
    return pod === undefined ? 0 : metric(pod, 'shimgate_in_process_classes', { state });
  }

  /** What the API server has counted: for how many pods it wrote, and how often it asked, whichever way. */
  counts(): Promise<AnsweredCounts> {
    return answeredCounts(this.#cluster.api, this.answering.release);
  }

  async #policies(): Promise<string> {
    const group = '/apis/admissionregistration.k8s.io/v1';
    const texts = ['mutatingadmissionpolicies', 'validatingadmissionpolicies', 'validatingwebhookconfigurations'].map(
      (kind) => this.#cluster.api.expect('GET', `${group}/${kind}/${this.answering.release}`),
    );
    return (await Promise.all(texts)).join('\n');
  }
}

/** The same object, for one of the installations. */
export function labelled<T>(object: T, way: Way): T {
  const { metadata } = object as Labelled;
  return { ...object, metadata: { ...metadata, labels: { ...metadata?.labels, [label]: way } } };
}

/** @param generateName of the object, where the API server makes up the rest of its name */
export function outcomeOf({ status, text, warnings }: ApiAnswer, generateName: string | undefined): Outcome {
  const asOne = (said: string) => {
    const same = said
      .replaceAll(`"${label}":"answered"`, `"${label}":"sent"`)
      .replaceAll(/kube-api-access-\w{5}/g, 'x')
      // The API server asks all entries at once, and the first that refuses is named.
      .replaceAll(/webhook \\"class-required-\d+\.pods/g, 'webhook \\"pods')
      // Of several labels in conflict the API server names one, and not always the same.
      .replaceAll(/conflict: runtimeClass\.scheduling\.nodeSelector\[[^"]*/g, 'conflict of node selectors')
      // Of a Job, which is given one before it is judged.
      .replaceAll(/must be '[0-9a-f-]{36}'/g, 'must be its uid');
    if (generateName === undefined || generateName === '') return same;
    const prefix = generateName.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
    return same.replaceAll(new RegExp(`${prefix}[a-z0-9]{5}(?![a-z0-9])`, 'g'), 'generated');
  };
  const { metadata, ...body } = JSON.parse(asOne(text)) as { readonly metadata?: Readonly<Record<string, unknown>> };
  const { uid: _, creationTimestamp: __, managedFields: ___, resourceVersion: ____, ...kept } = metadata ?? {};
  return { status, warnings: warnings.map(asOne), body: { ...body, metadata: kept } };
}

/** What of a configuration decides which entries the webhooks have. */
function entriesOf(config: object): string {
  const { namespaceRules, runtimeClassDeletion } = config as Readonly<Record<string, unknown>>;
  return JSON.stringify([namespaceRules, runtimeClassDeletion]);
}

function valuesFor(way: Way, config: object, trustedWebhooks: readonly string[]): object {
  return {
    config,
    replicas: 1,
    fullnameOverride: way,
    webhooks: {
      matchConditions: { pods: [leftAlone] },
      excludedNamespaces: ['kube-system', ...ways.map((one) => `shimgate-${one}`)],
      objectSelector: { matchLabels: { [label]: way } },
    },
    // The other one's webhooks run later, and are not asked about the same objects.
    inProcess:
      way === 'answered' ? { enabled: true, trustedWebhooks: ['sent', ...trustedWebhooks] } : { enabled: false },
  };
}
