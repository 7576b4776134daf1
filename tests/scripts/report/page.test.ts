// The page about a run, in a browser: what a person sees of it, on which screen, and what it must never do.
import axe from "axe-core";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { pageOf } from "../../../scripts/report/page.ts";
import type { Report } from "../../../scripts/report/schema.ts";
import { browserObstacle, openBrowser } from "../../support/browser.ts";
import { drift, hostile, rollout } from "../../support/reports.ts";

const directory = mkdtempSync(join(tmpdir(), "dockertls-page-"));
const file = join(directory, "report.html");
afterAll(() => rmSync(directory, { recursive: true }));

/** For a machine that has other things to do. */
const minutes = 180_000;

const wide = { viewport: { width: 1200, height: 900 } };
const phone = { viewport: { width: 360, height: 740 } };

if (browserObstacle !== undefined) console.warn(`the page is not opened: ${browserObstacle}`);

(browserObstacle === undefined ? describe : describe.skip)("in a browser, the page", () => {
  let browser: Browser;
  // The first run unpacks it.
  beforeAll(async () => (browser = await openBrowser()), minutes);
  afterAll(() => browser.close());

  /** Opens the page and hands on what it asked for and complained about. */
  async function open(report: Report, options: BrowserContextOptions): Promise<[Page, string[]]> {
    writeFileSync(file, pageOf(report));
    const page = await browser.newPage(options);
    const told: string[] = [];
    page.on("console", (message) => told.push(message.text()));
    page.on("pageerror", (error) => told.push(String(error)));
    page.on("request", (request) => told.push(request.url()));
    await page.goto(`file://${file}`);
    return [page, told];
  }

  const colours = (page: Page): Promise<string[]> =>
    page.evaluate(
      `["color", "backgroundColor"].map((name) => getComputedStyle(document.body)[name])`,
    );

  // proves: report.page
  test.each([
    ["wide and light", { ...wide, colorScheme: "light" }],
    ["dark and on a phone", { ...phone, colorScheme: "dark" }],
  ] as const)(
    "%s shows every machine and certificate, is readable, and asks for nothing",
    async (_how, screen) => {
      const [page, told] = await open(rollout, screen);

      const shown = await page.evaluate<string[]>(
        `[...document.querySelectorAll("th[scope=row]")]
           .filter((row) => row.checkVisibility() && row.getBoundingClientRect().width > 50)
           .map((row) => row.firstChild.textContent.trim()).sort()`,
      );
      const names = rollout.stacks.flatMap(({ hosts, certificates }) => [
        ...hosts.map(({ host }) => host),
        ...certificates.map(({ owner }) => owner),
      ]);
      expect(shown).toEqual(names.sort());
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(
        screen.viewport.width,
      );
      await page.evaluate(axe.source);
      const { violations, passes } = await page.evaluate<axe.AxeResults>("axe.run()");
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
      expect(passes.map(({ id }) => id)).toContain("color-contrast");
      expect(told).toEqual([`file://${file}`]);
      await page.close();
    },
    minutes,
  );

  test(
    "is dark where the person likes it dark",
    async () => {
      const [light] = await open(rollout, { colorScheme: "light" });
      const [dark] = await open(rollout, { colorScheme: "dark" });
      expect(await colours(dark)).not.toEqual(await colours(light));
      await Promise.all([light.close(), dark.close()]);
    },
    minutes,
  );

  // proves: report.escaped
  test(
    "shows what machines say as text, whatever it is",
    async () => {
      const [page, told] = await open(drift, phone);

      expect(await page.title()).toBe(`drift: dockertls drift of ${hostile}`);
      expect(await page.locator("script, img").count()).toBe(0);
      expect(await page.getByText(hostile).count()).toBeGreaterThan(8);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
      expect(told).toEqual([`file://${file}`]);
      await page.close();
    },
    minutes,
  );

  test(
    "marks the renewal of a certificate and this run where they are",
    async () => {
      const [page] = await open(rollout, wide);
      const bar = page.getByRole("img", {
        name: "from 2026-11-21, renewed from 2027-01-20, ends 2027-02-19",
      });
      const centre = async (mark: string): Promise<number> => {
        const box = await bar.locator(mark).boundingBox();
        return box === null ? NaN : box.x + box.width / 2;
      };
      const life = await bar.locator(".life").boundingBox();
      // 60 days from issue to renewal, of which 10 are over.
      expect(await centre(".renewal")).toBeCloseTo((life?.x ?? 0) + (life?.width ?? 0), -1);
      expect(await centre(".today")).toBeCloseTo((life?.x ?? 0) + (life?.width ?? 0) / 6, -1);
      await page.close();
    },
    minutes,
  );
});

// proves: report.self-contained
test.each<[string, Report]>([
  ["a rollout", rollout],
  ["a look for drift", drift],
])(
  "the page of %s names no address outside of it, and forbids itself to ask for one",
  (_of, report) => {
    const page = pageOf(report);
    expect(page).not.toMatch(/(src|href)="(?!#)|url\(|@import/);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  },
);
