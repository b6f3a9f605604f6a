import { posix } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import type { NamespacedName } from '../cluster/object-name.ts';
import { readContainerdVersion, type ContainerdVersion } from '../shim/containerd-version.ts';
import { CommandError } from './exit.ts';
import { outputFormats } from './output.ts';

/** `--config`, which several commands have. */
export function configOption(): Option {
  return new Option('--config <file>', 'configuration; without one, an empty one applies');
}

/** `--output` of commands whose output for people has no name. */
export function outputOption(formats: readonly string[] = outputFormats): Option {
  return new Option('-o, --output <format>', 'output for machines').choices(formats);
}

/** `--objects`, which several commands have. @param why what the manifests are for */
export function objectsOption(why: string): Option {
  return new Option('--objects <path>', why).argParser(append).default([]);
}

/** Collects the values of an option that may be given several times. */
export function append(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}

/** @throws CommandError where standard input is named more than once: there is nothing to read the second time */
export function checkStandardInput(paths: readonly string[]): void {
  if (paths.filter((path) => path === '-').length > 1) {
    throw new CommandError('standard input (-) can be read only once');
  }
}

/** @throws InvalidArgumentError where it is none */
export function readNamespacedName(value: string): NamespacedName {
  const [namespace = '', name = '', ...rest] = value.split('/');
  if (rest.length > 0 || !isName(namespace) || !isName(name))
    throw new InvalidArgumentError('It must be NAMESPACE/NAME.');
  return { namespace, name };
}

/** @throws InvalidArgumentError where no object can be called so */
export function readName(value: string): string {
  if (!isName(value)) throw new InvalidArgumentError('It must be a name as objects have it.');
  return value;
}

function isName(value: string): boolean {
  return /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(value);
}

/** @throws InvalidArgumentError where it is none, or one that is too old to be known */
export function readVersion(value: string): ContainerdVersion {
  const version = readContainerdVersion(value);
  if (version === undefined)
    throw new InvalidArgumentError('It must be a version of containerd from 1.6 on, such as 2.2 or 1.7.27.');
  return version;
}

/** @throws InvalidArgumentError where it is no number of things */
export function readCount(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError('It must be a number.');
  return Number(value);
}

/** @throws InvalidArgumentError where it is none */
export function readPort(value: string): number {
  const port = Number(value);
  if (!/^\d+$/.test(value) || port > 65_535) throw new InvalidArgumentError('It must be a port, from 0 to 65535.');
  return port;
}

/** Reads an address as Kubernetes components write it: host:port, [v6]:port, or :port for every address. */
export function readAddress(value: string): { readonly host: string; readonly port: number } {
  const parts = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d+)$/.exec(value);
  if (parts === null) throw new InvalidArgumentError('It must be host:port, or :port for every address.');
  const host = parts[1] ?? parts[2] ?? '';
  return { host: host === '' ? '0.0.0.0' : host, port: readPort(parts[3] ?? '') };
}

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/**
 * Reads a duration as Kubernetes components write it, such as 10s, 1m30s or 2160h.
 *
 * @returns milliseconds
 * @throws InvalidArgumentError where it is none
 */
export function readDuration(value: string): number {
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== value) {
    throw new InvalidArgumentError('It must be a duration, such as 10s, 1m30s or 2160h.');
  }
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (unitsMs[unit] ?? 0), 0);
}

/** @throws InvalidArgumentError where it is no path of a node */
export function readPathOnNode(value: string): string {
  if (!posix.isAbsolute(value)) throw new InvalidArgumentError('It must be an absolute path on the node.');
  return posix.resolve(value);
}

/** @throws InvalidArgumentError where one of them is no path of a node */
export function readPathList(value: string): readonly string[] {
  return value.split(':').map(readPathOnNode);
}

/** `--log-level`, of what runs until it is told to stop. */
export function logLevelOption(): Option {
  return new Option('--log-level <level>', 'least severe level that is logged')
    .choices(['debug', 'info', 'warn', 'error'])
    .default('info');
}
