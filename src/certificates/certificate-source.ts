import type { Follower, ReadinessCheck } from '../follow/follower.ts';
import type { ServingCertificate } from './certificate-files.ts';

/** Where a serving certificate comes from: files, or shimgate itself. */
export type CertificateSource = Follower & {
  /** Undefined until there is one. */
  readonly current: ServingCertificate | undefined;
  /** Follows it from now on. @param onChange called with the first certificate, as soon as there is one, and with each later one */
  readonly start: (onChange: (certificate: ServingCertificate) => void) => void;
};

/** Whether there is a certificate that clients accept. */
export function expiryCheck(current: () => ServingCertificate | undefined): ReadinessCheck {
  return {
    name: 'certificate',
    failure: () => {
      const notAfter = current()?.notAfter;
      if (notAfter === undefined) return 'there is no serving certificate yet';
      return notAfter.getTime() > Date.now()
        ? undefined
        : `the serving certificate expired at ${notAfter.toISOString()}`;
    },
  };
}
