import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isTrueOf } from '../../src/shim/containerd-facts.ts';
import { matchesAny } from '../../src/shim/path-match.ts';
import { eventually } from '../support/eventually.ts';
import { isQuotedBy } from '../support/examples/node-events.ts';
import { readPrepared } from './prepare/prepared.ts';
import { GatedNode, makeNamespace, type AuditFinding, type Imported } from './stage/gated-node.ts';
import { importsOf } from './stage/imports.ts';
import { outcomesOf } from './stage/outcome.ts';
import { record } from './stage/record.ts';
import { makeOtherNode, reportedHandlers } from './stage/reported-handlers.ts';
import { nodeRuntimes, withLateRuntime } from './stage/runtimes.ts';
import { keptOptionsOf } from './stage/shim-options.ts';
import { writtenOutside } from './stage/written-outside.ts';
import { enforcing, observe, type Observed } from './table/observe.ts';
import { sideBySide } from './table/print.ts';
import { handlerOf, namespaceOf, podOf, type Row } from './table/row.ts';
import { rowsOf } from './table/rows.ts';
import { earlierQuotations, isErrorOf, quotations, toldBefore } from './table/told.ts';

const prepared = readPrepared();
const runtimes = nodeRuntimes(prepared);
const rows = rowsOf(prepared.versions.containerd);
const running = rows.filter((row) => row.node === 'runs');

let gated: GatedNode;
let observed: ReadonlyMap<string, Observed>;
let audited: readonly AuditFinding[];

beforeAll(async () => {
  const runcShim = { runtimeType: 'io.containerd.runc.v2' };
  gated = await GatedNode.start({ runtimes }, (declared) => ({
    undeclaredHandlers: 'reported',
    runtimes: { ...declared, nowhere: runcShim, elsewhere: runcShim },
    exemptions: { namespaces: ['exempt'] },
    namespaceRules: [
      {
        name: 'tenants',
        namespaces: ['tenant'],
        allowedRuntimeClassNames: ['crun'],
        defaultRuntimeClassName: 'crun',
      },
    ],
  }));
  await makeOtherNode(gated.node.controlPlane.api, prepared.versions.containerd);
  await gated.makeClasses([...new Set(rows.flatMap((row) => row.class ?? []))]);
  for (const namespace of ['pods', 'exempt', 'tenant']) await makeNamespace(gated.node, namespace);
  await makeNamespace(gated.node, enforcing, { 'shimgate.dev/mode': 'enforce' });
  observed = await observe(gated, rows);
  audited = await gated.audit();
  await record(
    'pods',
    [...observed.values()].map(({ pod, warned, outcome }) => ({
      pod,
      said: [...warned, ...allTold(rowOf(pod))],
      outcome,
    })),
  );
  process.stdout.write(`${sideBySide(observed.values(), (pod) => allTold(rowOf(pod)))}\n`);
}, 600_000);

afterAll(async () => {
  await (gated as GatedNode | undefined)?.stop();
}, 60_000);

describe('what shimgate says of a pod is what the node does with it', () => {
  test.each(rows)('$pod', (row) => {
    const { warned, outcome } = observationOf(row);
    expect([row.pod, warned]).toEqual([row.pod, row.warned]);
    expect(outcome).toMatchObject(
      row.node === 'runs' ? { kind: 'runs' } : { kind: 'fails', message: expect.stringMatching(row.node) },
    );
    const { imported = [], audited: found = [] } = row;
    expect([row.pod, toldBefore(row, gated, audited)]).toEqual([row.pod, { imported, audited: found }]);
  });

  test.each(rows)(
    '$pod: fails where that was said, and only there, with an event that docs/reasons.md quotes',
    (row) => {
      const { warned, outcome } = observationOf(row);
      const said = [...warned, ...allTold(row)].filter((code) => quotations[code] !== undefined);
      const isFailing = outcome.kind === 'fails' || row.runsAllTheSame !== undefined;
      expect([row.pod, said.length > 0 || row.unforeseen !== undefined]).toEqual([row.pod, isFailing]);
      if (outcome.kind === 'runs' || row.unforeseen !== undefined) return;
      const quoted = said.flatMap((code) => [...(quotations[code] ?? []), ...(earlierQuotations[code] ?? [])]);
      const isQuoted = quoted.some((one) => isQuotedBy(one, outcome.message));
      expect([outcome.message, isQuoted]).toEqual([outcome.message, true]);
    },
  );

  test.each(rows.filter((row) => namespaceOf(row) === 'pods'))(
    '$pod: is denied where an error of it is enforced',
    (row) => {
      const errors = row.warned.filter((code) => isErrorOf(row, code, prepared.versions.containerd, runtimes));
      const { denied } = observationOf(row);
      const found = denied === undefined ? undefined : [...new Set(denied)].filter((code) => errors.includes(code));
      expect([row.pod, found]).toEqual([row.pod, errors.length === 0 ? undefined : [...new Set(errors)]]);
    },
  );
});

describe('a pod that runs', () => {
  test.each(running)('$pod: has the shim, and the options, that its annotations say', (row) => {
    const { stored, containers } = observationOf(row);
    expect(containers).toHaveLength(2);
    // A pod that chooses no runtime gets no annotations; nor does one that is exempt, or whose handler nobody declares.
    const runtimeType = stored.annotations['shimgate.dev/runtime-type'] ?? runtimes[handlerOf(row)]?.runtimeType;
    const binary = stored.annotations['shimgate.dev/shim-binary'] ?? 'containerd-shim-runc-v2';
    // Where a shim takes a container of a sandbox that it runs, it was started for the sandbox alone.
    const started = new Set(containers.flatMap(({ shim }) => shim.binary ?? []));
    expect([...started].map((file) => (path.isAbsolute(binary) ? file : path.basename(file)))).toEqual([binary]);
    for (const { shim } of containers) {
      expect(shim.runtimeType).toBe(runtimeType);
      expect(shim.options).toEqual(keptOptionsOf(stored.annotations['shimgate.dev/options']));
    }
  });

  test.each(running)('$pod: its annotations stand in the OCI specs where podAnnotations lets them', (row) => {
    const { stored, containers } = observationOf(row);
    const globs = gated.imported.runtimes[handlerOf(row)]?.podAnnotations ?? [];
    const expected = Object.entries(stored.annotations).filter(([key]) => matchesAny(globs, key));
    for (const { id, annotations } of containers) {
      const own = Object.entries(annotations).filter(([key]) => key in stored.annotations);
      expect([id, Object.fromEntries(own)]).toEqual([id, Object.fromEntries(expected)]);
    }
  });

  test('of the pod "annotated" some annotations reach the specs, and some do not', () => {
    const { stored, containers } = observationOf(rowOf('annotated'));
    const inSpec = Object.keys(containers[0]?.annotations ?? {});
    const passed = ['shimgate.dev/runtime-type', 'team.example/a'];
    const lost = ['other.example/a', 'team.example'];
    expect(Object.keys(stored.annotations)).toEqual(expect.arrayContaining([...passed, ...lost]));
    expect(inSpec).toEqual(expect.arrayContaining(passed));
    expect(inSpec.filter((key) => lost.includes(key))).toEqual([]);
  });
});

describe('what the node reports of its handlers', () => {
  test('is every runtime of its containerd, and the default one without a name besides', async () => {
    const listed = await reportedHandlers(gated.node.controlPlane.api);
    await record('handlers', { listed });
    if (!isTrueOf('reportsHandlers', prepared.versions.containerd)) {
      expect(listed).toEqual([]);
      return;
    }
    const names = listed.map(({ name = '' }) => name).toSorted();
    expect(names).toEqual(['', ...Object.keys(runtimes)].toSorted());
    const featuresOf = (handler: string) => listed.find(({ name = '' }) => name === handler)?.features;
    expect(featuresOf('')).toEqual(featuresOf('runc'));
  });

  test('is what the audit says: no features where something of runc is missing, nothing of shims that report none', async () => {
    const listed = await reportedHandlers(gated.node.controlPlane.api);
    const featureless = listed.flatMap(({ name = '', features = {} }) =>
      name === '' || Object.values(features).includes(true) ? [] : [name],
    );
    const told = audited.flatMap(({ code, object }) => (code === 'HandlerWithoutFeatures' ? [object.name] : []));
    // Those of other shims report none when they are sound, too; and with a path of its own nobody knows which shim it is.
    const ofRunc = featureless.filter((name) => {
      const { runtimeType, runtimePath } = gated.imported.runtimes[name] ?? {};
      return runtimeType === 'io.containerd.runc.v2' && runtimePath === undefined;
    });
    expect([...new Set(told)].toSorted()).toEqual(ofRunc.toSorted());
  });

  test('is no handler that the audit calls absent', () => {
    const absent = audited.flatMap(({ code, object }) => (code === 'HandlerOnNoNode' ? [object.name] : []));
    expect(absent.filter((name) => name in runtimes)).toEqual([]);
  });
});

describe('import', () => {
  let made: Awaited<ReturnType<typeof importsOf>>;

  beforeAll(async () => {
    made = await importsOf(gated);
  });

  test('reads one table from the file of the node, from containerd config dump and from crictl info', () => {
    const { dump, info } = made;
    expect(dump.runtimes).toEqual(gated.imported.runtimes);
    expect(info.runtimes).toEqual(gated.imported.runtimes);
    const fatal = ({ said }: Imported) => said.map(({ code }) => code).filter((code) => quotations[code] !== undefined);
    expect(fatal(dump).toSorted()).toEqual(fatal(gated.imported).toSorted());
    // crictl info has no plugins, neither for snapshotters nor for sandboxers: it tells less, and nothing else.
    expect(fatal(gated.imported)).toEqual(expect.arrayContaining([...fatal(info)]));
    const starting = ({ said }: Imported) => said.filter(({ code }) => code === 'RuntimeCannotStart');
    const ofPlugins = isTrueOf('knowsSandboxers', prepared.versions.containerd) ? 1 : 0;
    expect(starting(info)).toHaveLength(starting(gated.imported).length - ofPlugins);
  });

  test('has nothing against the defaults of this containerd, as it prints them', () => {
    expect(Object.keys(made.defaults.runtimes)).toEqual(['runc']);
    // Without drop-ins, what they import matches nothing.
    expect(made.defaults.said.filter(({ code }) => code !== 'ImportMatchesNothing')).toEqual([]);
  });
});

test('what the node writes outside of the folders of this run is gone with its namespace', async () => {
  expect(await writtenOutside()).toEqual([]);
});

test('a runtime that a restarted containerd has besides is known without a restart of shimgate', async () => {
  const late: Row = { pod: 'late-before', class: 'late', warned: ['UndeclaredHandler'], node: 'runs' };
  const { node } = gated;
  await gated.makeClasses(['late']);
  expect(await gated.create(podOf(late, node.image))).toEqual(late.warned);
  const isReported = isTrueOf('reportsHandlers', prepared.versions.containerd);
  // Of nodes that report nothing it does not know what they lack, and denies nothing.
  const before = await gated.denialOf(podOf(late, node.image, enforcing));
  expect(before?.includes('UndeclaredHandler')).toBe(isReported ? true : undefined);
  await node.restartContainerd({ runtimes: withLateRuntime(prepared) });
  // It goes on warning that nobody declared the handler; but now it knows that the node has it, and denies nothing.
  const pod = await eventually(async () => {
    const name = `late-${Date.now()}`;
    await gated.create(podOf({ ...late, pod: name }, node.image));
    const { annotations } = await gated.stored('pods', name);
    if (isReported && annotations['shimgate.dev/source'] !== 'node')
      throw new Error('shimgate does not know of the handler yet.');
    return name;
  }, 60_000);
  expect(await gated.denialOf(podOf(late, node.image, enforcing))).toBeUndefined();
  await eventually(async () => {
    const outcome = (await outcomesOf(node.controlPlane, 'pods', 60_000)).get(pod);
    if (outcome?.kind !== 'runs') throw new Error('The pod does not run yet.');
  }, 90_000);
}, 240_000);

function rowOf(pod: string): Row {
  const row = rows.find((one) => one.pod === pod);
  if (row === undefined) throw new Error(`There is no row ${pod}.`);
  return row;
}

function observationOf({ pod }: Row): Observed {
  const found = observed.get(pod);
  if (found === undefined) throw new Error(`Nothing is known of ${pod}.`);
  return found;
}

/** By import and by the audit. */
function allTold(row: Row): readonly string[] {
  const told = toldBefore(row, gated, audited);
  return [...told.imported, ...told.audited];
}
