import type { Logger } from 'pino';
import { ApiError } from '../cluster/api-error.ts';
import type { ClusterConnection } from '../cluster/connection.ts';
import { Reflector } from '../cluster/reflector.ts';
import type { CacheState, Follower, ReadinessCheck } from '../follow/follower.ts';
import { noAnswers, type ClassAnswer, type InProcessAnswers } from './in-process-answers.ts';
import { CompiledAnswers } from './in-process-compiled.ts';
import {
  addedConditions,
  entryLeavingOut,
  handlersOf,
  interlockSpec,
  isAnsweredBy,
  rightAlreadyExpression,
} from './in-process-policy.ts';
import { isContained } from './is-contained.ts';
import { LockedHandlers, propagationMs } from './locked-handlers.ts';
import { policyPatch, type PolicyCollection, type StoredPolicy } from './stored-policy.ts';
import type { WebhookConfigurationsFollower } from './webhook-configurations-follower.ts';

/** How often it looks whether answers are still what they should be, and how seldom it writes. */
const intervalMs = 1_000;

const path = '/apis/admissionregistration.k8s.io/v1';

/** How many classes are answered for, wait for their interlock, or did not fit. */
export type InProcessCounts = { readonly answered: number; readonly waiting: number; readonly left: number };

export type InProcessOptions = {
  /** Of the MutatingAdmissionPolicy, and of the ValidatingAdmissionPolicy that is the interlock. */
  readonly name: string;
  /** What has the condition. */
  readonly webhookConfigurations: WebhookConfigurationsFollower;
  /** Names of mutating webhook configurations that leave alone what shimgate writes, though they come after its own. */
  readonly trustedWebhooks: readonly string[];
  /**
   * What should be answered at the moment; undefined until that is known. Left out where nothing is to be answered any more:
   * what was said before is then taken out of the conditions, and nothing else is looked at.
   */
  readonly answers?: () => InProcessAnswers | undefined;
  readonly logger: Logger;
};

/**
 * Keeps the answers inside the API server up to date: the interlock on classes first, then the policy that writes, then
 * the conditions that spare calls; what is taken away goes from the conditions first. Every replica does it, and writes only
 * where something differs, by resourceVersion: of two that write at once one wins. Out of step only ever means a call.
 */
export class InProcessController implements Follower {
  readonly #options: InProcessOptions;
  readonly #connection: ClusterConnection;
  readonly #policies: Reflector<StoredPolicy>;
  readonly #interlocks: Reflector<StoredPolicy>;
  #compiled: CompiledAnswers | undefined;
  readonly #locked = new LockedHandlers();
  /** Since when the conditions of both configurations have been as they should be. */
  #inStepSince: number | undefined;
  #counts: InProcessCounts = { answered: 0, waiting: 0, left: 0 };
  #failure: string | undefined;
  #obstacle: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  readonly #stop = new AbortController();

  constructor(connection: ClusterConnection, options: InProcessOptions) {
    this.#connection = connection;
    this.#options = options;
    const follow = (kind: PolicyCollection) =>
      new Reflector<StoredPolicy>(
        connection,
        {
          kind,
          path: `${path}/${kind}`,
          fieldSelector: `metadata.name=${options.name}`,
          pageSize: 1,
          keep: (object) => object as StoredPolicy,
        },
        options.logger,
      );
    this.#policies = follow('mutatingadmissionpolicies');
    this.#interlocks = follow('validatingadmissionpolicies');
  }

  /** Never a reason not to be ready: without it pods are sent. */
  get checks(): readonly ReadinessCheck[] {
    return [{ name: 'in-process', failure: () => undefined, detail: () => this.#failure ?? this.#state() }];
  }

  get counts(): InProcessCounts {
    return this.#counts;
  }

  caches(): readonly CacheState[] {
    return [];
  }

  start(): void {
    this.#options.webhookConfigurations.start();
    for (const reflector of this.#reflectors) reflector.start();
    this.#again();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    const followed = [this.#options.webhookConfigurations, ...this.#reflectors];
    await Promise.all(followed.map((one) => one.close()));
    await this.#running;
  }

  get #reflectors(): readonly Reflector<StoredPolicy>[] {
    return this.#options.answers === undefined ? [] : [this.#policies, this.#interlocks];
  }

  /** What it does at the moment, in a few words. */
  #state(): string {
    const { answers, webhookConfigurations } = this.#options;
    if (answers === undefined) return 'off';
    if (!webhookConfigurations.isSynced || !this.#reflectors.every(({ isSynced }) => isSynced)) return 'not yet known';
    if (this.#obstacle !== undefined) return `all pods are sent: ${this.#obstacle}`;
    const { answered, waiting, left } = this.#counts;
    return `${answered} answered, ${waiting} waiting, ${left} left out`;
  }

  /**
   * Why no pod can be answered at the moment. A webhook that changes pods after shimgate's may break what the policy wrote: the API
   * server asks a mutating webhook again only where it has asked before, so nobody would put that right.
   */
  #findObstacle(): string | undefined {
    const { name, trustedWebhooks, webhookConfigurations } = this.#options;
    const missing = this.#reflectors.filter(({ objects }) => !objects.has(name)).map(({ kind }) => `${kind}/${name}`);
    if (missing.length > 0) return `${missing.join(' and ')} is not there`;
    const later = webhookConfigurations.changingPodsLater.filter((one) => !trustedWebhooks.includes(one));
    return later.length === 0
      ? undefined
      : `pods may be changed after shimgate's webhook by that of ${later.join(', ')}`;
  }

  #noteObstacle(): void {
    const obstacle = this.#findObstacle();
    if (obstacle !== this.#obstacle) {
      if (obstacle === undefined) this.#options.logger.info('the API server may answer pods again');
      else this.#options.logger.warn({ reason: obstacle }, 'all pods are sent');
    }
    this.#obstacle = obstacle;
  }

  #again(): void {
    if (this.#stop.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#reconcile()
        .then(() => {
          this.#failure = undefined;
        })
        .catch((error: unknown) => {
          this.#explain(error);
        })
        .finally(() => {
          this.#again();
        });
    }, intervalMs).unref();
  }

  #explain(error: unknown): void {
    // A conflict means that another replica was faster: its write comes by watch.
    if (this.#stop.signal.aborted || (error instanceof ApiError && error.status === 409)) return;
    const reason = error instanceof Error ? error.message : String(error);
    if (reason !== this.#failure)
      this.#options.logger.error({ reason }, 'cannot keep the answers of the API server up to date');
    this.#failure = reason;
  }

  async #reconcile(): Promise<void> {
    const { name, webhookConfigurations, answers: compile = () => noAnswers } = this.#options;
    const wanted = compile();
    if (wanted === undefined || !webhookConfigurations.isSynced) return;
    if (!this.#reflectors.every(({ isSynced }) => isSynced)) return;
    const now = performance.now();
    const policy = this.#policies.objects.get(name);
    const interlock = this.#interlocks.objects.get(name);
    this.#locked.note(handlersOf(interlock?.spec.variables), now);
    this.#noteObstacle();
    const compiled = CompiledAnswers.of(this.#obstacle === undefined ? wanted : noAnswers, this.#compiled);
    this.#compiled = compiled;
    const { classes } = compiled.answers;
    const entries = webhookConfigurations.both.map(({ stored }) => stored?.webhooks);
    const [mutating] = entries;
    const isAnswered = (of: string) => isAnsweredBy(entries, of);
    const locked = new Map([...classes].filter(([of, { handler }]) => this.#locked.has(of, handler, now, isAnswered)));
    this.#count({ answered: locked.size, waiting: classes.size - locked.size, left: compiled.left });
    const written = await this.#writeConditions(compiled.conditionFor(locked));
    this.#inStepSince = written ? undefined : (this.#inStepSince ?? now);
    if (interlock !== undefined) await this.#writeInterlock(interlock, classes, now);
    if (policy !== undefined)
      await this.#write('mutatingadmissionpolicies', policy, compiled.policySpec(addedConditions(mutating)));
  }

  #count(counts: InProcessCounts): void {
    const { left } = counts;
    if (left !== this.#counts.left) {
      const message = 'classes do not fit into an expression: the API server sends their pods';
      this.#options.logger[left > 0 ? 'warn' : 'info']({ left }, message);
    }
    this.#counts = counts;
  }

  /** @returns whether they were not yet as they should be */
  async #writeConditions(expression: string): Promise<boolean> {
    const { both } = this.#options.webhookConfigurations;
    // Where the entry is not there, there is nothing to write.
    const asItIs = [undefined, expression];
    const behind = both.filter(({ stored }) => !asItIs.includes(rightAlreadyExpression(stored?.webhooks)));
    for (const one of behind) {
      await this.#options.webhookConfigurations.patch(one, [entryLeavingOut(expression)], this.#stop.signal);
      this.#logWritten(one.kind);
    }
    return behind.length > 0;
  }

  /**
   * A class stays locked for as long as a condition may still answer for it: nothing is taken out, or changed, until the
   * conditions have been without it for a while.
   */
  async #writeInterlock(
    interlock: StoredPolicy,
    classes: ReadonlyMap<string, ClassAnswer>,
    now: number,
  ): Promise<void> {
    const mayUnlock = this.#inStepSince !== undefined && now - this.#inStepSince >= propagationMs;
    const wanted = [...classes].map(([of, { handler }]) => [of, handler] as const);
    const handlers = new Map(mayUnlock ? wanted : [...wanted, ...handlersOf(interlock.spec.variables)]);
    await this.#write('validatingadmissionpolicies', interlock, interlockSpec(handlers));
  }

  async #write(kind: PolicyCollection, policy: StoredPolicy, wanted: object): Promise<void> {
    // What the API server fills in is no difference.
    if (isContained(wanted, policy.spec)) return;
    await this.#connection.request('PATCH', `${path}/${kind}/${policy.metadata.name}`, {
      ...policyPatch(kind, policy, wanted),
      signal: this.#stop.signal,
    });
    this.#logWritten(kind);
  }

  #logWritten(kind: string): void {
    this.#options.logger.info({ kind, ...this.#counts }, 'answers of the API server written');
  }
}
