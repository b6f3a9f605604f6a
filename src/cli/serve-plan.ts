import type { NamespacedName } from '../cluster/object-name.ts';
import type { Lifetimes } from '../certificates/rotation.ts';
import type { Address } from '../webhook/listener.ts';
import { CommandError } from './exit.ts';

/** The flags of `serve`, as they were given. */
export type ServeOptions = {
  readonly config?: string;
  readonly configMap?: NamespacedName;
  readonly objects: readonly string[];
  readonly kubeconfig?: string;
  readonly nodeRuntimes?: true;
  readonly events?: true;
  readonly tlsCertFile?: string;
  readonly tlsPrivateKeyFile?: string;
  readonly selfManagedCertificate?: NamespacedName;
  readonly service?: NamespacedName;
  readonly webhookConfiguration?: string;
  readonly inProcessPolicy?: string;
  readonly inProcessTrustedWebhook: readonly string[];
  /** In milliseconds. */
  readonly certificateLifetime: number;
  /** In milliseconds. */
  readonly authorityLifetime: number;
  readonly clientCaFile?: string;
  readonly clientAllowedName: readonly string[];
  readonly bindAddress: string;
  readonly securePort: number;
  readonly metricsBindAddress: Address;
  /** In milliseconds. */
  readonly shutdownDelayDuration: number;
  /** In milliseconds. */
  readonly shutdownIdleDuration: number;
  readonly logLevel: string;
};

export type ConfigurationPlan =
  { readonly kind: 'file'; readonly file: string } | { readonly kind: 'map'; readonly map: NamespacedName };

export type ClusterPlan =
  | { readonly kind: 'objects'; readonly paths: readonly string[] }
  | { readonly kind: 'live'; readonly asksNodes: boolean };

export type CertificatePlan =
  | { readonly kind: 'files'; readonly certFile: string; readonly keyFile: string }
  | {
      readonly kind: 'self-managed';
      readonly secret: NamespacedName;
      readonly service: NamespacedName;
      readonly webhookConfiguration: string;
      readonly lifetimes: Lifetimes;
    };

export type ClientsPlan = { readonly caFile: string; readonly names: readonly string[] };

/** What lets the API server answer ordinary pods by itself: the name of all of it, and whether it is to. */
export type InProcessPlan = {
  readonly name: string;
  readonly isOn: boolean;
  /** Names of mutating webhook configurations that leave alone what shimgate writes. */
  readonly trustedWebhooks: readonly string[];
};

/** What `serve` follows. */
export type ServePlan = {
  readonly configuration: ConfigurationPlan;
  readonly cluster: ClusterPlan;
  readonly certificate: CertificatePlan;
  /** Undefined where every client is answered. */
  readonly clients: ClientsPlan | undefined;
  /** Undefined where nobody may change webhook configurations. */
  readonly inProcess: InProcessPlan | undefined;
  /** Whether controllers are told of what happens to their pods. */
  readonly writesEvents: true | undefined;
};

/** Turns flags into what is to be followed. @throws CommandError where flags are missing, or exclude each other */
export function planServe(options: ServeOptions): ServePlan {
  return {
    clients: planClients(options),
    inProcess: planInProcess(options),
    writesEvents: planEvents(options),
    configuration: planConfiguration(options),
    certificate: planCertificate(options),
    cluster:
      options.objects.length > 0
        ? { kind: 'objects', paths: options.objects }
        : { kind: 'live', asksNodes: options.nodeRuntimes === true },
  };
}

/** Where all pods are to be sent, a condition that an earlier start left behind is taken away. */
function planInProcess({
  inProcessPolicy: name,
  inProcessTrustedWebhook: trustedWebhooks,
  objects,
  selfManagedCertificate,
  webhookConfiguration,
}: ServeOptions): InProcessPlan | undefined {
  if (objects.length === 0) {
    if (name !== undefined) return { name, isOn: true, trustedWebhooks };
    const isOurs = selfManagedCertificate !== undefined && webhookConfiguration !== undefined;
    return isOurs ? { name: webhookConfiguration, isOn: false, trustedWebhooks } : undefined;
  }
  if (name === undefined) return undefined;
  throw new CommandError('--in-process-policy goes without --objects: what is answered follows a live cluster');
}

function planEvents({ events, objects }: ServeOptions): true | undefined {
  if (events === undefined || objects.length === 0) return events;
  throw new CommandError('--events goes without --objects: Events are written into a live cluster');
}

function planClients({ clientCaFile, clientAllowedName }: ServeOptions): ClientsPlan | undefined {
  if (clientCaFile !== undefined) return { caFile: clientCaFile, names: clientAllowedName };
  if (clientAllowedName.length === 0) return undefined;
  throw new CommandError('--client-allowed-name needs --client-ca-file: without it no client shows who it is');
}

function planConfiguration({ config, configMap }: ServeOptions): ConfigurationPlan {
  if (config !== undefined && configMap === undefined) return { kind: 'file', file: config };
  if (config === undefined && configMap !== undefined) return { kind: 'map', map: configMap };
  throw new CommandError('give either --config or --config-map');
}

function planCertificate(options: ServeOptions): CertificatePlan {
  const { selfManagedCertificate: secret, service, webhookConfiguration, tlsCertFile, tlsPrivateKeyFile } = options;
  if (secret === undefined) {
    if (tlsCertFile === undefined || tlsPrivateKeyFile === undefined) {
      throw new CommandError('give --tls-cert-file and --tls-private-key-file, or --self-managed-certificate');
    }
    return { kind: 'files', certFile: tlsCertFile, keyFile: tlsPrivateKeyFile };
  }
  if (tlsCertFile !== undefined || tlsPrivateKeyFile !== undefined) {
    throw new CommandError('--self-managed-certificate goes without --tls-cert-file and --tls-private-key-file');
  }
  if (service === undefined || webhookConfiguration === undefined) {
    throw new CommandError('--self-managed-certificate needs --service and --webhook-configuration');
  }
  const lifetimes = { authorityMs: options.authorityLifetime, servingMs: options.certificateLifetime };
  return { kind: 'self-managed', secret, service, webhookConfiguration, lifetimes };
}
