import { parseQuantity } from '../../../src/shim/quantity.ts';

/** The parts of a Deployment, as the API server has it, that a kubelet goes by. */
export type Deployment = {
  readonly spec: { readonly replicas: number; readonly template: { readonly spec: PodSpec } };
};

export type PodSpec = {
  readonly serviceAccountName?: string;
  readonly automountServiceAccountToken?: boolean;
  readonly securityContext?: { readonly runAsUser?: number };
  readonly containers: readonly Container[];
  readonly volumes?: readonly Volume[];
  readonly terminationGracePeriodSeconds?: number;
};

export type Container = {
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly EnvVar[];
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
  readonly readinessProbe?: { readonly httpGet?: { readonly path: string; readonly port: number | string } };
  readonly securityContext?: { readonly runAsUser?: number };
  readonly resources?: { readonly limits?: { readonly memory?: string } };
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
};

export type EnvVar = {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } };
};

export type Volume = {
  readonly name: string;
  readonly emptyDir?: object;
  readonly secret?: { readonly secretName: string };
  readonly configMap?: { readonly name: string };
};

/** What a kubelet knows of the pod that it starts. */
export type PodIdentity = {
  readonly name: string;
  readonly namespace: string;
  readonly serviceAccountName: string;
  readonly address: string;
};

/**
 * The environment of a container: its own variables, with fields of the pod filled in.
 *
 * @throws Error for a source that this does not know, so that a chart which uses one does not pass by accident
 */
export function containerEnv(container: Container, pod: PodIdentity): Readonly<Record<string, string>> {
  const fields: Readonly<Record<string, string>> = {
    'metadata.name': pod.name,
    'metadata.namespace': pod.namespace,
    'spec.serviceAccountName': pod.serviceAccountName,
    'status.podIP': pod.address,
  };
  return Object.fromEntries(
    (container.env ?? []).map(({ name, value, valueFrom }) => {
      const found = valueFrom === undefined ? (value ?? '') : fields[valueFrom.fieldRef?.fieldPath ?? ''];
      if (found === undefined) throw new Error(`The variable ${name} has a source that is not known here.`);
      return [name, found];
    }),
  );
}

/** Arguments with `$(NAME)` filled in from the environment, as a kubelet does; an unknown name stays as it is. */
export function expandArguments(args: readonly string[], env: Readonly<Record<string, string>>): readonly string[] {
  return args.map((arg) => arg.replace(/\$\(([A-Za-z_][\w.-]*)\)/g, (whole, name: string) => env[name] ?? whole));
}

/** The memory that a container may take, in bytes; undefined where it has no limit. */
export function memoryLimit({ resources }: Container): bigint | undefined {
  const limit = parseQuantity(resources?.limits?.memory ?? '');
  return limit === undefined ? undefined : limit / 1_000_000_000n;
}

/** A container port by number or name. @throws Error where no port has that name */
export function containerPort(container: Container, port: number | string): number {
  if (typeof port === 'number') return port;
  const found = container.ports?.find(({ name }) => name === port)?.containerPort;
  if (found === undefined) throw new Error(`The container has no port named ${port}.`);
  return found;
}
