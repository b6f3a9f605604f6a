import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import type { AuditReport } from '../../src/audit/audit.ts';
import { Inventory } from '../../src/audit/inventory.ts';
import { nodeMatrix } from '../../src/audit/node-matrix.ts';
import { directoryForTests } from '../support/directory-for-tests.ts';
import { classObject, namespaceObject, nodeObject, podObject, reportOf } from '../support/reports/audit-of.ts';
import { hostileReport } from '../support/reports/hostile-report.ts';
import { ReportPages } from './browser/report-pages.ts';

jest.setTimeout(120_000);

/** A4 without margins of 12 mm, at 96 dots an inch. */
const a4 = { width: Math.floor(((210 - 24) / 25.4) * 96), height: Math.floor(((297 - 24) / 25.4) * 96) };

const directory = directoryForTests();
let pages: ReportPages;

beforeAll(async () => {
  pages = await ReportPages.start(directory);
});

afterEach(async () => {
  await pages.closeAll();
});

afterAll(async () => {
  await pages.stop();
});

const handlers = ['runc', 'kata', 'gvisor', 'wasm'];
const pools = 12;
const nodesOfPool = 417;

/** Some 5,000 nodes in pools; those of a pool have the same, and no two pools do. */
function largeInventory(): Inventory {
  const inventory = new Inventory();
  for (const handler of handlers) {
    inventory.take('RuntimeClass', classObject(`class-of-${handler}`, handler), undefined);
  }
  for (let pool = 0; pool < pools; pool++) {
    for (let index = 0; index < nodesOfPool; index++) {
      const name = `gke-production-europe-west4-pool-${pool}-0f3a9c-${index.toString(36)}`;
      inventory.take('Node', nodeObject(name, handlers), undefined);
      inventory.take('NodeRuntimes', nodeRuntimes(name, pool), undefined);
    }
  }
  return inventory;
}

const read = { type: 'ConfigurationRead', status: 'True', reason: 'Read', message: '', lastTransitionTime: '' };

function nodeRuntimes(name: string, pool: number) {
  // The bits of the pool's number say what it has.
  const has = handlers.filter((_, bit) => ((pool + 1) & (1 << bit)) !== 0);
  return {
    apiVersion: 'shimgate.dev/v1alpha1',
    kind: 'NodeRuntimes',
    metadata: { name },
    status: {
      conditions: [read],
      handlers: has.map((handler) => ({ name: handler, runtimeType: `io.containerd.${handler}.v1` })),
    },
  };
}

async function largeReport(): Promise<AuditReport> {
  const objects = [
    podObject('lost', { runtimeClassName: 'nosuch' }),
    podObject('spoofed', { annotations: { 'shimgate.dev/source': 'me' } }),
    ...handlers.map((handler) => classObject(`class-of-${handler}`, handler)),
    classObject('bad', '/bin/sh'),
    nodeObject('worker', ['kata']),
    namespaceObject('tenant', { 'shimgate.dev/mode': 'Enforce' }),
  ];
  return { ...(await reportOf({ objects })), matrix: nodeMatrix(largeInventory()) };
}

const reports: readonly (readonly [string, () => Promise<AuditReport>])[] = [
  ['a report', largeReport],
  ['a report of hostile names', () => Promise.resolve(hostileReport())],
  ['a report in which nothing was found', () => reportOf({ objects: [podObject('p')] })],
];

/** What axe finds, each with the elements that it is about. */
async function violationsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const { violations, passes } = await page.evaluate<axe.AxeResults>('axe.run(document)');
  // It has looked.
  expect(passes.length).toBeGreaterThan(15);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary = '' }) => `${id}: ${html}\n${failureSummary}`),
  );
}

describe.each(reports)('%s', (_, make) => {
  test.each(['light', 'dark'] as const)('has nothing that axe finds, in a %s window', async (colorScheme) => {
    const page = await pages.show(await make(), { colorScheme });
    expect(await violationsOf(page)).toEqual([]);
  });

  test('is no wider than a page of A4, and nothing in it is cut off there', async () => {
    const page = await pages.show(await make(), { viewport: a4 });
    await page.emulateMedia({ media: 'print' });
    const tooWide = await page.evaluate<readonly string[]>(
      `[document.documentElement, ...document.querySelectorAll('.scroll, table, svg, section, p')]
        .filter((one) => one.scrollWidth > one.clientWidth + 1 || one.getBoundingClientRect().right > innerWidth + 1)
        .map((one) => one.outerHTML.slice(0, 80) + ' ' + one.scrollWidth + '/' + one.clientWidth)`,
    );
    expect(tooWide).toEqual([]);
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
    const boxes = new Set([...pdf.matchAll(/\/MediaBox \[([^\]]+)\]/g)].map(([, box]) => box));
    expect([...boxes].map((box) => box?.split(' ').map((side) => Math.round(Number(side))))).toEqual([
      [0, 0, 595, 842],
    ]);
  });
});

describe('a report of 5,000 nodes', () => {
  test('has a column for all nodes that have the same, and says how many they are', async () => {
    const page = await pages.show(await largeReport());
    const heads = await page.locator('.matrix thead th').allTextContents();
    expect(heads).toHaveLength(1 + pools);
    expect(heads[1]).toBe('gke-production-europe-west4-pool-0-0f3a9c-0 and 416 more');
    expect(await page.locator('.matrix tbody tr').count()).toBe(handlers.length);
  });

  test('keeps the class in sight while the columns pass by', async () => {
    const page = await pages.show(await largeReport(), { viewport: { width: 800, height: 900 } });
    const group = page.locator('.scroll:has(.matrix)');
    const at = () => page.locator('.matrix tbody th').first().boundingBox();
    const before = await at();
    await group.focus();
    for (let press = 0; press < 10; press++) await page.keyboard.press('ArrowRight');
    expect(await group.evaluate('(one) => one.scrollLeft')).not.toBe(0);
    expect((await at())?.x).toBe(before?.x);
  });

  test('is reached with the keyboard alone: all that scrolls, opens, filters and sorts', async () => {
    const page = await pages.show(await largeReport());
    const wanted = await page.locator('a, button, input, select, summary, .scroll[tabindex]').count();
    const reached = new Set<string>();
    for (let press = 0; press < 2 * wanted; press++) {
      await page.keyboard.press('Tab');
      reached.add(
        await page.evaluate(
          `[...document.querySelectorAll('a, button, input, select, summary, .scroll[tabindex]')].indexOf(document.activeElement).toString()`,
        ),
      );
    }
    reached.delete('-1');
    expect(reached.size).toBe(wanted);
    // What has the focus can be seen.
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
    expect(outline).not.toBe('none');
  });
});
