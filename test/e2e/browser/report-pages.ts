import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { AuditReport } from '../../../src/audit/audit.ts';
import { htmlReporter } from '../../../src/audit/reporters/html/html-reporter.ts';
import { startChromium } from './chromium.ts';

/** A page, and everything that it should not do. */
type OpenPage = { readonly page: Page; readonly faults: string[]; readonly requests: string[] };

/** Reports as pages in a real browser. */
export class ReportPages {
  readonly #browser: Browser;
  readonly #directory: string;
  #open: OpenPage[] = [];

  private constructor(browser: Browser, directory: string) {
    this.#browser = browser;
    this.#directory = directory;
  }

  /** @param directory where it may write */
  static async start(directory: string): Promise<ReportPages> {
    return new ReportPages(await startChromium(), directory);
  }

  /** Opens a report as a person does who got it as a file. */
  async show(
    report: AuditReport,
    { limit = 100, ...context }: BrowserContextOptions & { limit?: number } = {},
  ): Promise<Page> {
    const file = path.join(this.#directory, 'report.html');
    const options = { limit, failOn: 'error', isColoured: false, isWide: false, version: '1.2.3' } as const;
    await writeFile(file, [...htmlReporter(report, options)].join(''));
    report.findings.close();
    const page = await (
      await this.#browser.newContext({ viewport: { width: 1280, height: 900 }, ...context })
    ).newPage();
    const opened: OpenPage = { page, faults: [], requests: [] };
    this.#open.push(opened);
    page.on('console', (message) => opened.faults.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => opened.faults.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => opened.faults.push(`dialog: ${dialog.message()}`));
    page.on('request', (request) => opened.requests.push(request.url()));
    await page.addInitScript('window.attacked = () => { throw new Error("attacked"); };');
    await page.goto(pathToFileURL(file).toString());
    return page;
  }

  /** What pages did so far that they should not have; it is forgotten then. */
  takeFaults(): readonly string[] {
    return this.#open.flatMap((one) => one.faults.splice(0));
  }

  /** Closes what is open. @throws where a page did what it should not, or asked for anything but itself */
  async closeAll(): Promise<void> {
    for (const { page, faults, requests } of this.#open) {
      expect(faults).toEqual([]);
      expect(requests).toEqual([page.url().replace(/#.*/, '')]);
      await page.context().close();
    }
    this.#open = [];
  }

  async stop(): Promise<void> {
    await this.#browser.close();
  }
}
