import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { ConfigurationFile } from '../../../src/config/configuration-file.ts';
import type { Reload } from '../../../src/config/current-configuration.ts';
import { messageOf } from '../../../src/finding/wording.ts';
import { makeTemporaryDirectory, mountDirectory } from '../../support/mounted-directory.ts';
import { stopPolling } from './stop-polling.ts';

function configured(mode: string): string {
  return `apiVersion: config.shimgate.dev/v1alpha1\nkind: ShimgateConfiguration\nmode: ${mode}\n`;
}

let directory: string;
let file: string;
const opened: ConfigurationFile[] = [];

beforeEach(async () => {
  stopPolling();
  directory = await makeTemporaryDirectory();
  file = join(directory, 'shimgate.yaml');
  await writeFile(file, configured('enforce'));
});

afterEach(async () => {
  for (const one of opened.splice(0)) one.close();
  await rm(directory, { recursive: true });
  jest.useRealTimers();
});

/** Opens a configuration and keeps what it reports until it is asked for. */
async function follow(path: string) {
  const arrived: Reload[] = [];
  const waiting: ((reload: Reload) => void)[] = [];
  const { opened: configuration } = await ConfigurationFile.open(path, (reload) => {
    const first = waiting.shift();
    if (first === undefined) arrived.push(reload);
    else first(reload);
  });
  if (configuration === undefined) throw new Error(`${path} is not valid`);
  opened.push(configuration);
  const next = async (): Promise<Reload> => arrived.shift() ?? new Promise((resolve) => waiting.push(resolve));
  return {
    configuration,
    arrived,
    next,
    /** Writing a file is no single step: it may be seen empty before it is seen whole. */
    success: async () => {
      let reload = await next();
      while (reload.result !== 'success') reload = await next();
      return reload;
    },
  };
}

describe('opening a configuration', () => {
  test('gives the findings too where it is valid', async () => {
    await writeFile(file, `${configured('enforce')}runtimes: {crun: {path: /usr/bin/crun, runtimeArgs: [-v]}}\n`);
    const result = await ConfigurationFile.open(file, () => undefined);
    if (result.opened !== undefined) opened.push(result.opened);
    expect(result.opened?.current.mode).toBe('enforce');
    expect(result.findings.map(({ code }) => code)).toEqual(['RuntimeArgsNotPassed']);
  });

  test('gives nothing but findings where it is not', async () => {
    await writeFile(file, configured('warm'));
    const result = await ConfigurationFile.open(file, () => undefined);
    expect(result.opened).toBeUndefined();
    expect(result.findings.map(({ source }) => source)).toEqual([{ file, line: 3, column: 7 }]);
  });

  test('fails where there is none', async () => {
    await expect(ConfigurationFile.open(join(directory, 'none.yaml'), () => undefined)).rejects.toThrow('ENOENT');
  });
});

describe('a configuration follows its file', () => {
  test('when it is written', async () => {
    const { configuration, success } = await follow(file);
    await writeFile(file, configured('warn'));
    expect(await success()).toEqual({ result: 'success', findings: [] });
    expect(configuration.current.mode).toBe('warn');
    expect(configuration.recent.map(({ mode }) => mode)).toContain('enforce');
  });

  test('when another is renamed over it, again and again', async () => {
    const { configuration, next } = await follow(file);
    for (const mode of ['warn', 'audit', 'enforce']) {
      await writeFile(join(directory, 'next.yaml'), configured(mode));
      await rename(join(directory, 'next.yaml'), file);
      expect(await next()).toEqual({ result: 'success', findings: [] });
      expect(configuration.current.mode).toBe(mode);
    }
  });

  test('when the kubelet swaps the ConfigMap that it is mounted from, again and again', async () => {
    const mounted = await mountDirectory(directory, { 'shimgate.yaml': configured('enforce') });
    const { configuration, next } = await follow(join(mounted.path, 'shimgate.yaml'));
    for (const mode of ['warn', 'audit', 'enforce']) {
      await mounted.swap({ 'shimgate.yaml': configured(mode) });
      expect(await next()).toEqual({ result: 'success', findings: [] });
      expect(configuration.current.mode).toBe(mode);
    }
    configuration.close();
  });

  test('within ten seconds where no event tells of the change', async () => {
    // What changes is in another directory than the one that is watched.
    const elsewhere = join(directory, 'elsewhere');
    await mkdir(elsewhere);
    const link = join(elsewhere, 'shimgate.yaml');
    await symlink(file, link);
    const { configuration, success } = await follow(link);
    await writeFile(file, configured('warn'));
    jest.advanceTimersByTime(10_000);
    await success();
    expect(configuration.current.mode).toBe('warn');
    configuration.close();
  });

  test('to the last of many changes', async () => {
    const { configuration, success } = await follow(file);
    for (let round = 0; round < 20; round++) {
      await writeFile(join(directory, 'next.yaml'), configured(round % 2 === 0 ? 'warn' : 'audit'));
      await rename(join(directory, 'next.yaml'), file);
    }
    await writeFile(join(directory, 'next.yaml'), `${configured('warn')}defaultRuntime: io.containerd.runc.v2\n`);
    await rename(join(directory, 'next.yaml'), file);
    while (configuration.current.defaultRuntime === 'runc') await success();
    expect(configuration.current.mode).toBe('warn');
  });

  test('but not when it is closed', async () => {
    const closed = await follow(file);
    const open = await follow(file);
    closed.configuration.close();
    await writeFile(join(directory, 'next.yaml'), configured('warn'));
    await rename(join(directory, 'next.yaml'), file);
    await open.next();
    expect(closed.arrived).toEqual([]);
    expect(closed.configuration.current.mode).toBe('enforce');
  });
});

describe('a configuration stays in force', () => {
  test('when its file becomes invalid, until it is valid again', async () => {
    const { configuration, next } = await follow(file);
    await writeFile(join(directory, 'next.yaml'), configured('warm'));
    await rename(join(directory, 'next.yaml'), file);
    const refused = await next();
    expect(refused.result).toBe('failure');
    expect(refused.findings.map((found) => ({ message: messageOf(found), source: found.source }))).toEqual([
      { message: 'The value "warm" is not allowed.', source: { file, line: 3, column: 7 } },
    ]);
    expect(configuration.current.mode).toBe('enforce');
    expect(configuration.recent).toEqual([]);

    await writeFile(join(directory, 'next.yaml'), configured('warn'));
    await rename(join(directory, 'next.yaml'), file);
    expect((await next()).result).toBe('success');
    expect(configuration.current.mode).toBe('warn');
  });

  test('when its file vanishes, until it is there again', async () => {
    const { configuration, next } = await follow(file);
    await rename(file, join(directory, 'away.yaml'));
    const lost = await next();
    expect(lost).toEqual({ result: 'failure', findings: [], error: expect.stringContaining('ENOENT') as unknown });
    expect(configuration.current.mode).toBe('enforce');

    await writeFile(join(directory, 'away.yaml'), configured('warn'));
    await rename(join(directory, 'away.yaml'), file);
    expect((await next()).result).toBe('success');
    expect(configuration.current.mode).toBe('warn');
  });
});
