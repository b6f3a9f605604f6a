import { afterEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { ExpiryWatch } from '../../../src/certificates/expiry-watch.ts';

const hourMs = 60 * 60_000;
const notBefore = new Date('2026-01-01T00:00:00Z');
const notAfter = new Date(notBefore.getTime() + 60 * hourMs);

/** What was logged, as `level message`. */
function watching(certificate: { readonly notBefore: Date; readonly notAfter: Date } | undefined) {
  const said: string[] = [];
  const write = (line: string) => {
    const { level, msg } = JSON.parse(line) as { readonly level: number; readonly msg: string };
    said.push(`${pino.levels.labels[level] ?? ''} ${msg}`);
  };
  const current = certificate === undefined ? undefined : { cert: '', key: '', ...certificate };
  const watch = new ExpiryWatch(() => current, pino({}, { write }));
  open.push(watch);
  return {
    said,
    check: (hours: number) => {
      watch.check(notBefore.getTime() + hours * hourMs);
    },
  };
}

const open: ExpiryWatch[] = [];

afterEach(() => {
  for (const watch of open.splice(0)) watch.close();
});

describe('a certificate that nobody renews', () => {
  test('is warned about from five sixths of its life on, every few hours, and is an error when it has expired', () => {
    const { said, check } = watching({ notBefore, notAfter });
    check(49);
    expect(said).toEqual([]);
    check(50.1);
    check(51);
    expect(said).toEqual(['warn the serving certificate expires soon']);
    check(57);
    expect(said).toHaveLength(2);
    check(60);
    check(61);
    expect(said.slice(2)).toEqual(['error the serving certificate has expired']);
  });

  test('is nothing to say anything about where there is none yet', () => {
    const { said, check } = watching(undefined);
    check(60);
    expect(said).toEqual([]);
  });
});
