import { ClusterConnection } from '../cluster/connection.ts';
import { CommandError } from './exit.ts';

/** Opens one connection for all who ask for it. */
export function connector(kubeconfig: string | undefined): () => ClusterConnection {
  let connection: ClusterConnection | undefined;
  return () => (connection ??= connect(kubeconfig, '; give --kubeconfig, or --objects for none'));
}

/** @param advice what to do where nothing says which cluster it is @throws CommandError there */
export function connect(
  kubeconfig: string | undefined,
  advice = '; give --kubeconfig',
  context?: string,
): ClusterConnection {
  try {
    return ClusterConnection.open(kubeconfig, context);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(`cannot tell which cluster to follow: ${reason}${advice}`);
  }
}

/** The signal that ends a command that runs until then. */
export function untilStopped(): Promise<string> {
  return new Promise((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, resolve);
  });
}
