import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

const EXECUTABLES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const executable = EXECUTABLES.find((path) => existsSync(path));

/** Why tests with a browser are skipped, for `test(title, { skip: NO_BROWSER }, …)`. */
export const NO_BROWSER: string | false =
  executable === undefined ? 'no Chromium on this machine; .ci/run installs one' : false;

/** What `open` may be told: size of the window in pixels, colours that the system asks for. */
export interface View {
  readonly width?: number;
  readonly height?: number;
  readonly colours?: 'light' | 'dark';
}

/** A page that is open, and everything that went wrong in it so far. */
export interface OpenPage {
  readonly page: Page;
  /** Errors and warnings of the console, uncaught errors, requests for anything but the file. */
  readonly problems: readonly string[];
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly target: readonly string[] }[];
  }[];
}

/**
 * A headless Chromium of its own directory, for tests that open pages:
 *
 *     await using browser = await TestBrowser.launch();
 *     const { page, problems } = await browser.open(html, { colours: 'dark' });
 *     assert.deepEqual(await browser.accessibilityProblems(page), []);
 *     assert.deepEqual(problems, []);
 */
export class TestBrowser implements AsyncDisposable {
  readonly #context: BrowserContext;
  readonly #directory: string;
  #pages = 0;

  private constructor(context: BrowserContext, directory: string) {
    this.#context = context;
    this.#directory = directory;
  }

  static async launch(): Promise<TestBrowser> {
    if (executable === undefined) throw new Error(String(NO_BROWSER));
    const directory = mkdtempSync(join(tmpdir(), 'tiyf-browser-'));
    const context = await chromium.launchPersistentContext(join(directory, 'profile'), {
      executablePath: executable,
      headless: true,
      args: ARGUMENTS,
      offline: true,
    });
    return new TestBrowser(context, directory);
  }

  /** Opens a page from a file, as a user would. */
  async open(content: string, view: View = {}): Promise<OpenPage> {
    this.#pages += 1;
    const file = join(this.#directory, `page-${this.#pages}.html`);
    writeFileSync(file, content);
    const address = pathToFileURL(file).href;
    const page = await this.#context.newPage();
    const problems: string[] = [];
    page.on('console', (message) => {
      if (message.type() !== 'log') problems.push(`${message.type()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
    page.on('request', (request) => {
      if (request.url().split('#')[0] !== address) problems.push(`request: ${request.url()}`);
    });
    await page.setViewportSize({ width: view.width ?? 1200, height: view.height ?? 900 });
    await page.emulateMedia({ colorScheme: view.colours ?? 'light' });
    await page.goto(address);
    return { page, problems };
  }

  /** Closes what was opened: pages with charts cost time while they stand. */
  async closePages(): Promise<void> {
    const [first, ...others] = this.#context.pages();
    await first?.goto('about:blank');
    for (const page of others) await page.close();
  }

  /** What axe-core finds: the rule, what it asks for, and where. */
  async accessibilityProblems(page: Page): Promise<string[]> {
    // Evaluated from outside, which the page's own policy does not hinder.
    await page.evaluate(axeSource());
    const { violations } = await page.evaluate<AxeResult>(
      'axe.run(document, { resultTypes: ["violations"] })',
    );
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ target }) => `${id}: ${help} (${target.join(' ')})`),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function axeSource(): string {
  return readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
}
