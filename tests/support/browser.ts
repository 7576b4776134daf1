// A Chromium of its own, as an npm package carries it: it needs no other library than glibc, brings a font along, and
// so shows the same everywhere.
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { chromium, type Browser } from "playwright-core";
import { checkout } from "../../lab/paths.ts";

/** Why there is none here, or undefined where there is. */
export const browserObstacle =
  process.platform === "linux" && process.arch === "x64"
    ? undefined
    : `the package has Chromium for Linux on x64, and this is ${process.platform} on ${process.arch}`;

/** The package's own lines: Lambda is where it brings along what a bare system lacks. */
const unpack = 'console.log(await (await import("@sparticuz/chromium")).default.executablePath())';

/** Its own names the folders of Lambda. */
const fonts = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;

/** Folder with the browser, its libraries and its font; unpacked once for each version. */
function unpacked(): string {
  const { version } = JSON.parse(
    readFileSync(join(checkout, "node_modules/@sparticuz/chromium/package.json"), "utf8"),
  ) as { version: string };
  const own = join(checkout, ".dockertls");
  const folder = join(own, `chromium-${version}`);
  if (existsSync(folder)) return folder;
  mkdirSync(own, { recursive: true, mode: 0o700 });
  // Under its name only when it is complete: a run may be killed, and two may unpack at once.
  const making = mkdtempSync(`${folder}.new-`);
  const environment = {
    ...process.env,
    TMPDIR: making,
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
  };
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", unpack], {
    ...{ cwd: checkout, env: environment, encoding: "utf8" },
  });
  if (status !== 0) throw new Error(`Chromium was not unpacked: ${stderr}`);
  writeFileSync(join(making, "fonts", "fonts.conf"), fonts);
  try {
    renameSync(making, folder);
  } catch (error) {
    rmSync(making, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

export function openBrowser(): Promise<Browser> {
  const folder = unpacked();
  return chromium.launch({
    executablePath: join(folder, "chromium"),
    // Root has no other way, and what is opened is a file of the test's own.
    chromiumSandbox: false,
    env: {
      ...process.env,
      LD_LIBRARY_PATH: join(folder, "al2023", "lib"),
      FONTCONFIG_PATH: join(folder, "fonts"),
      XDG_CACHE_HOME: join(folder, "cache"),
    },
  });
}
