import { X509Certificate } from 'node:crypto';
import { finding, type Finding } from '../finding/finding.ts';

const dayMs = 24 * 60 * 60_000;

/** From so much before it ends a CA is reported: self-managed ones are renewed long before. */
const noticeMs = 14 * dayMs;

/**
 * Whether the API server can verify a webhook's certificate by the bundle in its entry.
 *
 * @param encoded PEM in base64
 * @param name what to call the entry
 * @param now in milliseconds since the epoch
 */
export function judgeCaBundle(encoded: string, name: string, field: string, now: number): readonly Finding[] {
  const invalid = (why: string) => [finding('InvalidCaBundle', { field, statement: `${name} has ${why}.` })];
  if (encoded === '') return invalid('no CA bundle: its certificate can only be verified by the CAs of the API server');
  const pem = Buffer.from(encoded, 'base64').toString('latin1');
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const ends: number[] = [];
  for (const block of blocks) {
    try {
      ends.push(new X509Certificate(block).validToDate.getTime());
    } catch {
      return invalid('a CA bundle with something in it that is no certificate');
    }
  }
  if (ends.length === 0) return invalid('a CA bundle without a certificate');
  // While a CA is replaced the bundle holds both: one that is valid is enough.
  const last = Math.max(...ends);
  const date = new Date(last).toISOString();
  if (last <= now) return invalid(`a CA bundle that was valid until ${date}`);
  if (last - now > noticeMs) return [];
  return [finding('CaBundleExpiring', { field, statement: `${name} has a CA bundle that is valid until ${date}.` })];
}
