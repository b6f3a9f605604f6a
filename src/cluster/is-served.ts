import { ApiError } from './api-error.ts';
import type { ClusterConnection } from './connection.ts';

/**
 * Whether the API server serves a group at all, of which something could not be read. Who may not read it is refused before
 * that is looked at, and everybody may ask what is served.
 *
 * @param path of the group and its version, such as `/apis/shimgate.dev/v1alpha1`
 */
export async function isServed(connection: ClusterConnection, path: string, { status }: ApiError): Promise<boolean> {
  if (status !== 403) return status !== 404;
  return connection.request('GET', path).then(
    () => true,
    (error: unknown) => !(error instanceof ApiError && error.status === 404),
  );
}
