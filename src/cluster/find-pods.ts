import type { Logger } from 'pino';
import { validatePod } from '../generated/validate-objects.ts';
import { podSearch } from '../policy/pod-search.ts';
import type { PodQuestion, PodUse } from '../policy/pod-use.ts';
import { ApiError } from './api-error.ts';
import type { ClusterConnection } from './connection.ts';
import { LookUps } from './look-ups.ts';

/** Pods a page. A page is held as text and as objects, for a moment: pods are some ten kilobytes each. */
const pageSize = 250;

/** The webhook's own timeout is 10 s: what decides may be waited for; a creation that is only warned about waits not for long. */
const decidingTimeoutMs = 5_000;
const tellingTimeoutMs = 2_000;

/**
 * A search reads every pod of the cluster, some 250 at a time. That no pod uses a class is remembered for as long as it takes
 * to ask the mutating and then the validating webhook.
 */
const searchLimits = { atATime: 2, rememberMs: 1_000 };

/** Finished pods are left out by the API server. There is no field selector for the class. */
const unfinished = 'status.phase!=Succeeded,status.phase!=Failed';

/** Searches that are shared by who asks the same, and of which only some go on at a time. */
export class PodSearches {
  readonly #connection: ClusterConnection;
  readonly #logger: Logger;
  readonly #searches = new LookUps<PodUse>(searchLimits);

  constructor(connection: ClusterConnection, logger: Logger) {
    this.#connection = connection;
    this.#logger = logger;
  }

  /** Finds the pods that a question is about. @throws TooManyLookUps where too many others are being looked for */
  find(question: PodQuestion): Promise<PodUse> {
    return this.#searches.find(
      JSON.stringify(question),
      () => findPods(this.#connection, question, this.#logger),
      ({ count, extent }) => count === 0 && extent === 'all',
    );
  }
}

/**
 * Looks through the pods of the cluster, page by page, until the question is answered or the time is over. Never throws:
 * what kept it from looking further is part of the answer.
 */
export async function findPods(
  connection: ClusterConnection,
  question: PodQuestion,
  logger: Logger,
  timeoutMs = question.otherHandlerThan === undefined || question.decides === true
    ? decidingTimeoutMs
    : tellingTimeoutMs,
): Promise<PodUse> {
  const search = podSearch(question);
  const signal = AbortSignal.timeout(timeoutMs);
  let extent: PodUse['extent'] = 'all';
  try {
    await connection.list('/api/v1/pods', {
      // No resourceVersion: with 0 the API server gives all pods in one page, out of a cache that may lag behind.
      query: { fieldSelector: unfinished },
      accept: 'application/json',
      pageSize,
      onItem: (object) => {
        if (validatePod(object)) search.look(object);
      },
      isEnough: () => {
        if (search.isEnough()) extent = 'enough';
        return extent === 'enough';
      },
      signal,
    });
    return search.found(extent);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { className } = question;
    if (signal.aborted) {
      logger.warn({ className, timeoutMs }, 'not all pods were looked at in time');
      return search.found({ obstacle: `not all pods could be checked within ${timeoutMs / 1000} s` });
    }
    logger.warn({ className, reason: error.message }, 'pods cannot be listed');
    const why = error.status === 0 ? 'the API server did not answer' : `the API server answered ${error.status}`;
    return search.found({ obstacle: `pods could not be checked: ${why}` });
  }
}
