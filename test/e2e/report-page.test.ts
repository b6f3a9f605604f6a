import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { directoryForTests } from '../support/directory-for-tests.ts';
import { reportOf } from '../support/reports/audit-of.ts';
import { hostileReport, hostileTexts } from '../support/reports/hostile-report.ts';
import { classObject, namespaceObject, nodeObject, podObject } from '../support/reports/audit-of.ts';
import { ReportPages } from './browser/report-pages.ts';

jest.setTimeout(60_000);

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

const show = (...args: Parameters<ReportPages['show']>) => pages.show(...args);

const objects = [
  podObject('lost', { runtimeClassName: 'nosuch' }),
  { ...podObject('other', { runtimeClassName: 'nosuch' }), metadata: { name: 'other', namespace: 'tenant' } },
  podObject('spoofed', { annotations: { 'shimgate.dev/source': 'me' } }),
  podObject('fine', { runtimeClassName: 'kata' }),
  classObject('kata', 'kata'),
  classObject('bad', '/bin/sh'),
  nodeObject('worker', ['kata']),
  namespaceObject('tenant', { 'shimgate.dev/mode': 'Enforce' }),
];
const configuration = { runtimes: { kata: { runtimeType: 'io.containerd.kata.v2' } } };
const report = () => reportOf({ configuration, objects });

const rows = (page: Page) => page.locator('.findings tbody tr:visible');
const codesOf = async (page: Page) => [...new Set(await rows(page).locator('td:nth-child(2)').allTextContents())];

describe('the page of an audit', () => {
  test('says at once how it is, draws where it is broken, and has every finding', async () => {
    const page = await show(await report());
    expect(await page.locator('.verdict').textContent()).toBe(
      '2 of 3 classes lead to no shim; 2 pods name one of them.',
    );
    expect(await page.locator('.tile strong').allTextContents()).toEqual(['4', '1', '2', '4']);
    const drawing = page.locator('svg');
    expect(await drawing.locator('.error rect').count()).toBe(2);
    expect(await drawing.locator('.mark.error').count()).toBe(2);
    expect(await drawing.locator('title').allTextContents()).toContain('nosuch: There is no such RuntimeClass.');
    expect(await drawing.locator('.ok text').first().textContent()).toBe('1 of 1 node');
    expect(await rows(page).count()).toBe(7);
    expect(await page.locator('.codes tbody tr').count()).toBe(6);
  });

  test('filters by severity, namespace, code and words, and says how many are left', async () => {
    const page = await show(await report());
    const shown = page.locator('#shown');
    await page.getByRole('checkbox', { name: 'error' }).uncheck();
    expect(await shown.textContent()).toBe('3');
    expect(await codesOf(page)).not.toContain('RuntimeClassNotFound');
    await page.getByRole('button', { name: 'Show all' }).click();
    await expect(shown.textContent()).resolves.toBe('7');
    await page.getByLabel('Namespace').selectOption('tenant');
    expect(await rows(page).locator('td:nth-child(4)').allTextContents()).toEqual(['Pod other']);
    await page.getByLabel('Namespace').selectOption('(of the cluster)');
    expect(await codesOf(page)).toEqual(['AbsolutePath', 'MalformedModeLabel', 'UnusedRuntimeClass']);
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.locator('#code').selectOption('RuntimeClassNotFound');
    expect(await rows(page).count()).toBe(2);
    await page.getByLabel('Search').fill('TENANT nosuch');
    expect(await rows(page).count()).toBe(1);
    await page.getByLabel('Search').fill('nothing has this');
    expect(await shown.textContent()).toBe('0');
  });

  test('sorts by each column, up and down', async () => {
    const page = await show(await report());
    for (const [index, heading] of ['Severity', 'Code', 'Namespace', 'Object', 'What is wrong'].entries()) {
      await page.getByRole('button', { name: heading, exact: true }).click();
      const cells = page.locator(`.findings tbody tr td:nth-child(${index + 1})`);
      const up = await cells.allTextContents();
      const rank = (text: string) =>
        index === 0 ? String(['error', 'warning', 'info'].indexOf(text)) : text.toLowerCase();
      expect(up.map(rank)).toEqual(up.map(rank).toSorted());
      await page.getByRole('button', { name: heading, exact: true }).click();
      expect((await cells.allTextContents()).map(rank)).toEqual(up.map(rank).toSorted().reverse());
      expect(await page.locator('th[aria-sort]').count()).toBe(1);
      expect(await page.locator('th[aria-sort="descending"]').textContent()).toBe(heading);
    }
  });

  test('can be used with the keyboard alone', async () => {
    const page = await show(await report());
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the findings');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    expect(await page.locator('#shown').textContent()).toBe('3');
    await page.keyboard.press('/');
    await page.keyboard.type('tenant/');
    expect(await page.getByLabel('Search').inputValue()).toBe('tenant/');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await rows(page).count()).toBe(7);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.locator('th[aria-sort="ascending"]').textContent()).toBe('Severity');
  });

  test('shows the worst of each code, and how much there is in all', async () => {
    const page = await show(await report(), { limit: 1 });
    expect(await rows(page).count()).toBe(6);
    expect(await page.getByRole('status').textContent()).toBe(
      '6 of 6 listed findings, out of 7 in all: of each code the first are listed',
    );
    const cells = page.locator('.codes tr', { hasText: 'RuntimeClassNotFound' }).locator('.number');
    expect(await cells.allTextContents()).toEqual(['2', '1']);
  });

  test('says of a sound cluster that it is', async () => {
    const page = await show(await reportOf({ objects: [podObject('p')] }));
    expect(await page.locator('.verdict').textContent()).toBe('Everything that was read is sound.');
    expect(await page.locator('.findings').count()).toBe(0);
  });

  test('has every finding without scripts', async () => {
    const page = await show(await report(), { javaScriptEnabled: false });
    expect(await rows(page).count()).toBe(7);
    expect(await page.locator('.controls').isVisible()).toBe(false);
  });

  test.each(['light', 'dark'] as const)('can be read in a %s window, and on paper', async (colorScheme) => {
    const page = await show(await report(), { colorScheme });
    const contrast = () => page.evaluate<number>(contrastOf);
    expect(await contrast()).toBeGreaterThanOrEqual(4.5);
    await page.emulateMedia({ media: 'print' });
    expect(await contrast()).toBeGreaterThanOrEqual(4.5);
    expect(await page.locator('.controls').isVisible()).toBe(false);
    expect((await page.pdf()).subarray(0, 5).toString()).toBe('%PDF-');
  });

  test.each([1280, 800, 400])('is no wider than a window of %d pixels', async (width) => {
    const page = await show(await report(), { viewport: { width, height: 800 } });
    const overflow = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
  });
});

describe('a page with names that attack it', () => {
  test('runs none of them, asks for nothing, and shows each as it is', async () => {
    const page = await show(hostileReport());
    expect(await rows(page).count()).toBe(hostileTexts.length);
    // Elements that only such a name could have brought.
    expect(
      await page
        .locator('img, iframe, base, link, object, embed, animate, a[href^="javascript"], [onload], [onerror]')
        .count(),
    ).toBe(0);
    expect(await page.locator('script').count()).toBe(1);
    const cells = (await rows(page).locator('td:nth-child(3)').allTextContents()).join('\n');
    const seen = hostileTexts.filter((one) => !one.includes('\u0000') && !one.includes('\u{e0061}'));
    for (const text of seen) expect(cells).toContain(text);
    expect(cells).toContain('\\u0000\\u0001\\u001b[31m');
    expect(cells).toContain('\\u{e0061}\\u{e0062}');
  });

  test('still filters and sorts', async () => {
    const page = await show(hostileReport());
    for (const text of ['</script><script>attacked()</script>', '"><img src=x onerror=attacked()>', '__proto__']) {
      await page.getByLabel('Namespace').selectOption({ label: text });
      expect(await rows(page).count()).toBe(1);
    }
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByLabel('Search').fill('<script>attacked()');
    expect(await rows(page).count()).toBeGreaterThan(3);
    await page.getByRole('button', { name: 'Object', exact: true }).click();
  });

  test('could not run a script if one got in: the policy of the page knows its own only', async () => {
    const page = await show(hostileReport());
    const added = `const script = document.createElement('script'); script.textContent = 'window.hasRun = true'; document.body.append(script); window.hasRun === true`;
    expect(await page.evaluate(added)).toBe(false);
    // The browser says so on the console, and that is all that it may say here.
    expect(pages.takeFaults()).toEqual([expect.stringContaining('Content Security Policy')]);
  });
});

/** The least contrast of a text with what is behind it, as WCAG 2 counts it. Runs in the page. */
const contrastOf = `(() => {
  const channels = (text) => text.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((value) => value / 255).map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let one = element; one !== null; one = one.parentElement) {
      const [r, g, b, a = 1] = channels(getComputedStyle(one).backgroundColor);
      if (a > 0) return [r, g, b];
    }
    return [255, 255, 255];
  };
  let least = 21;
  for (const element of document.querySelectorAll('h1, h2, p, th, td, strong, .badge, .tile, summary, footer')) {
    if (element.textContent.trim() === '') continue;
    const [one, two] = [luminance(channels(getComputedStyle(element).color)), luminance(behind(element))].sort((a, b) => b - a);
    least = Math.min(least, (one + 0.05) / (two + 0.05));
  }
  return least;
})()`;
