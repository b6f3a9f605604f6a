import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AdmissionRequest } from '../../../src/admission/decode-review.ts';
import type { Configuration } from '../../../src/config/configuration.ts';
import { isDeniedInEveryMode } from '../../../src/finding/codes.ts';
import type { Mode } from '../../../src/generated/configuration.ts';
import { modes } from '../../../src/policy/mode.ts';
import type { Phase } from '../../../src/policy/review.ts';
import { World } from '../../../src/policy/world.ts';
import { admit } from '../../support/worlds/answered.ts';
import { anyRequest } from '../../support/arbitrary/arbitrary-request.ts';
import { world } from '../../support/arbitrary/arbitrary-world.ts';

const phase = fc.constantFrom<Phase>('mutating', 'validating');

/** The same cluster, by another configuration; what was in force before stays. */
function withConfiguration({ cluster, recent }: World, configuration: Configuration): World {
  return new World(
    cluster,
    configuration,
    recent.map((before) => before.configuration),
  );
}

/** The world with one mode everywhere; labels, which may only make it stricter, stay. */
function withMode(around: World, mode: Mode): World {
  const { configuration } = around;
  const namespaceRules = configuration.namespaceRules.map((rule) => ({ ...rule, mode }));
  return withConfiguration(around, { ...configuration, mode, namespaceRules, namespaceLabelMayLoosen: false });
}

/** The world in which nobody is exempt, or the maker of this request. */
function withExemptions(around: World, usernames: string[]): World {
  const configuration: Configuration = {
    ...around.configuration,
    exemptions: { namespaces: [], usernames, runtimeClassNames: [] },
  };
  return withConfiguration(around, configuration);
}

test('what a looser mode denies, a stricter one denies too', () => {
  fc.assert(
    fc.property(anyRequest, world, phase, (request, around, asking) => {
      const isDenied = modes.map((mode) => admit(request, asking, withMode(around, mode)).verdict.decision === 'deny');
      const [enforce, warn, audit] = isDenied;
      expect(audit === true && warn !== true).toBe(false);
      expect(warn === true && enforce !== true).toBe(false);
    }),
    { numRuns: 500 },
  );
});

test('an exemption takes no path finding away, and denies nothing that was let in', () => {
  const user = 'exempt-maker';
  const pathFindings = (request: AdmissionRequest, asking: Phase, around: World) =>
    admit(request, asking, around).verdict.findings.filter(({ code }) => isDeniedInEveryMode(code));
  fc.assert(
    fc.property(anyRequest, world, phase, (given, around, asking) => {
      const request: AdmissionRequest = { ...given, userInfo: { ...given.userInfo, username: user } };
      // A default class would be given to one and not to the other.
      const namespaceRules = around.configuration.namespaceRules.map((rule) => {
        const { defaultRuntimeClassName: _, ...rest } = rule;
        return rest;
      });
      const plain = withConfiguration(around, { ...around.configuration, namespaceRules });
      const [nobody, maker] = [withExemptions(plain, []), withExemptions(plain, [user])];
      expect(pathFindings(request, asking, maker)).toEqual(pathFindings(request, asking, nobody));
      const isDenied = (one: World) => admit(request, asking, one).verdict.decision === 'deny';
      expect(isDenied(maker) && !isDenied(nobody)).toBe(false);
    }),
    { numRuns: 500 },
  );
});
