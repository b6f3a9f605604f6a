import { describe, expect, test } from '@jest/globals';
import type { RuntimeClass } from '../../../../src/generated/objects.ts';
import { runtimeClassTable } from '../../../../src/policy/checks/runtime-class-table.ts';
import { judgedBy, lineOf } from '../judged.ts';
import { classReview } from '../review-of.ts';
import { worldOf, type ConfigurationFields } from '../../../support/worlds/world-of.ts';

type Entry = NonNullable<ConfigurationFields['runtimes']>[string];
type Parts = Pick<RuntimeClass, 'overhead' | 'scheduling'>;

const kata = (parts: Parts, name = 'vm'): RuntimeClass => ({ metadata: { name }, handler: 'kata', ...parts });

function judge(entry: Entry, runtimeClass: RuntimeClass, others: readonly RuntimeClass[] = []) {
  const runtimes = { kata: { runtimeType: 'io.containerd.kata.v2', ...entry } };
  const world = worldOf({ configuration: { runtimes }, classes: [...others, runtimeClass] });
  const { findings } = judgedBy(runtimeClassTable, classReview(runtimeClass), world);
  return findings.map((found) => `${found.severity}: ${lineOf(found)}`);
}

const overheadFix = '[OverheadContradictsTable] Correct the class, or that entry.';
const schedulingFix = '[SchedulingContradictsTable] Correct the class, or that entry.';

describe("a class's overhead", () => {
  const entry: Entry = { overhead: { podFixed: { cpu: '250m', memory: '160Mi' } } };

  test.each<readonly [string, Entry, Parts]>([
    ['is as the table says', entry, { overhead: { podFixed: { cpu: '250m', memory: '160Mi' } } }],
    ['is written otherwise', entry, { overhead: { podFixed: { cpu: 0.25, memory: '163840Ki' } } }],
    ['is that and more', entry, { overhead: { podFixed: { cpu: '250m', memory: '160Mi', 'example.com/vm': '1' } } }],
    ['is nothing the table speaks of', {}, { overhead: { podFixed: { cpu: '1' } } }],
    ['is nothing, as the table says', { overhead: {} }, {}],
  ])('passes where it %s', (_, declared, parts) => {
    expect(judge(declared, kata(parts))).toEqual([]);
  });

  test.each<readonly [string, Parts, string]>([
    [
      'is other than the table says',
      { overhead: { podFixed: { cpu: '250m', memory: '128Mi' } } },
      'memory is "128Mi", there "160Mi"',
    ],
    ['lacks a resource', { overhead: { podFixed: { cpu: '250m' } } }, 'memory is missing, there "160Mi"'],
    ['is missing', {}, 'cpu is missing, there "250m"; memory is missing, there "160Mi"'],
    ['is null', { overhead: null }, 'cpu is missing, there "250m"; memory is missing, there "160Mi"'],
  ])('is warned about where it %s', (_, parts, differences) => {
    expect(judge(entry, kata(parts))).toEqual([
      `warning: RuntimeClass vm: its overhead.podFixed contradicts runtimes.kata of the configuration: ${differences}. ${overheadFix}`,
    ]);
  });
});

describe("a class's scheduling", () => {
  const entry: Entry = {
    scheduling: {
      nodeSelector: { pool: 'kata' },
      tolerations: [{ key: 'kata', operator: 'Exists', effect: 'NoSchedule' }],
    },
  };

  test.each<readonly [string, Entry, NonNullable<Parts['scheduling']>]>([
    [
      'is as the table says',
      entry,
      { nodeSelector: { pool: 'kata' }, tolerations: [{ key: 'kata', operator: 'Exists', effect: 'NoSchedule' }] },
    ],
    [
      'is that and more',
      entry,
      {
        nodeSelector: { pool: 'kata', zone: 'a' },
        tolerations: [{ key: 'gpu' }, { key: 'kata', operator: 'Exists', value: null, effect: 'NoSchedule' }],
      },
    ],
    [
      'leaves out what is the default',
      { scheduling: { tolerations: [{ key: 'kata', operator: 'Equal', value: '' }] } },
      { tolerations: [{ key: 'kata' }] },
    ],
    ['is nothing the table speaks of', {}, { nodeSelector: { pool: 'other' } }],
  ])('passes where it %s', (_, declared, scheduling) => {
    expect(judge(declared, kata({ scheduling }))).toEqual([]);
  });

  test.each<readonly [string, Parts, string]>([
    [
      'selects other nodes',
      {
        scheduling: {
          nodeSelector: { pool: 'other' },
          tolerations: [{ key: 'kata', operator: 'Exists', effect: 'NoSchedule' }],
        },
      },
      'nodeSelector pool is "other", there "kata"',
    ],
    [
      'tolerates another effect',
      {
        scheduling: {
          nodeSelector: { pool: 'kata' },
          tolerations: [{ key: 'kata', operator: 'Exists', effect: 'NoExecute' }],
        },
      },
      'the toleration "kata:NoSchedule" is missing',
    ],
    ['is missing', {}, 'nodeSelector pool is missing, there "kata"; the toleration "kata:NoSchedule" is missing'],
    [
      'is null',
      { scheduling: { nodeSelector: null, tolerations: null } },
      'nodeSelector pool is missing, there "kata"; the toleration "kata:NoSchedule" is missing',
    ],
  ])('is warned about where it %s', (_, parts, differences) => {
    expect(judge(entry, kata(parts))).toEqual([
      `warning: RuntimeClass vm: its scheduling contradicts runtimes.kata of the configuration: ${differences}. ${schedulingFix}`,
    ]);
  });

  test('is told in a warning that kubectl shows whole, with what to do', () => {
    for (const told of judge({ ...entry, overhead: { podFixed: { cpu: '250m', memory: '160Mi' } } }, kata({}))) {
      expect(Array.from(told).length).toBeLessThan(256);
    }
  });
});

describe('two classes with one handler and', () => {
  const small = { overhead: { podFixed: { memory: '128Mi' } } };
  const many = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`r${index}`, '1']));

  test.each<readonly [string, Parts, readonly RuntimeClass[]]>([
    ['one overhead', small, [kata({ overhead: { podFixed: { memory: 134217728 } } }, 'other')]],
    ['no overhead', {}, [kata({ overhead: { podFixed: { memory: '0' } } }, 'other')]],
    ['another handler beside them', small, [{ ...kata({}, 'other'), handler: 'runc' }]],
    ['the class itself, as it was', small, [kata({}, 'vm')]],
    ['more resources than any class has', small, [kata({ overhead: { podFixed: many } }, 'other')]],
    ['more resources of its own than any class has', { overhead: { podFixed: many } }, [kata(small, 'other')]],
  ])('%s are as they should be', (_, parts, others) => {
    expect(judge({}, kata(parts), others)).toEqual([]);
  });

  test('different overheads are worth knowing for the admin, also where none has one in the table', () => {
    const others = ['a', 'b', 'c', 'd'].map((name) => kata({}, name));
    const fix = '[OverheadOfHandlerDiffers] Give the classes the same overhead, or the runtimes a handler each.';
    expect(judge({}, kata(small), others.slice(0, 1))).toEqual([
      `info: RuntimeClass vm: handler "kata" has another overhead in a. ${fix}`,
    ]);
    expect(judge({}, kata(small), others)).toEqual([
      `info: RuntimeClass vm: handler "kata" has another overhead in a, b, c, …. ${fix}`,
    ]);
  });
});

test('a class that goes is not compared with anything', () => {
  const runtimes = { kata: { runtimeType: 'io.containerd.kata.v2', overhead: { podFixed: { cpu: '1' } } } };
  const world = worldOf({ configuration: { runtimes } });
  const review = { ...classReview(kata({}), kata({})), operation: 'DELETE' as const };
  expect(judgedBy(runtimeClassTable, review, world).findings).toEqual([]);
});
