/** The API server's answer to a request that it refused. */
export class ApiError extends Error {
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** Of a list that took too long: where it can go on, with what there is by now. */
  readonly continueToken: string | undefined;

  constructor(status: number, message: string, continueToken?: string) {
    super(message);
    this.status = status;
    this.continueToken = continueToken;
  }
}

/** What an answer that is no success says. */
export async function failure(response: Pick<Response, 'status' | 'text'>): Promise<ApiError> {
  const text = await response.text();
  try {
    const { message, metadata } = JSON.parse(text) as { readonly message?: unknown; readonly metadata?: unknown };
    const token = (metadata as { readonly continue?: unknown } | null | undefined)?.continue;
    const isToken = response.status === 410 && typeof token === 'string' && token !== '';
    if (typeof message === 'string') return new ApiError(response.status, message, isToken ? token : undefined);
  } catch {
    // Not a Status object: a proxy's page, say.
  }
  return new ApiError(response.status, `the API server answered ${response.status}`);
}

/** The status of the client library's errors; 0 where there is none. */
export function statusOf(error: unknown): number {
  return error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 0;
}

/** What went wrong, with what lies behind it. */
export function causeText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
