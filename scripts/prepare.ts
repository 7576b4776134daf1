// What every way in needs before the engine can run: the engine and its plugins.
import { ensureEngine } from "../lab/engine/engine.ts";
import type { Engine } from "../lab/engine/engine.ts";
import { describePlugins, ensurePlugins } from "../lab/engine/plugins.ts";
import type { Reports } from "../lab/engine/report.ts";
import { engineVersion } from "../lab/engine/versions.ts";
import { provideGo } from "../lab/requirements.ts";
import { aloneInHome, devStack, ensureDevStack } from "./dev-stack.ts";

export interface PrepareOptions {
  retryDownloads?: boolean;
  /** Ends what takes long: the download and the build of the engine. */
  signal?: AbortSignal;
}

export async function prepareEngine(
  reports: Reports,
  options: PrepareOptions = {},
): Promise<Engine> {
  const engine = await ensureEngine(reports, { ...options, provideGo: () => provideGo(reports) });
  const plugins = await aloneInHome(reports.say, async () => {
    ensureDevStack(engine);
    return ensurePlugins(devStack.home, reports, options);
  });
  reports.say(`engine: Pulumi ${engineVersion}, ${engine.origin}`);
  reports.say(`plugins: ${describePlugins(plugins)}`);
  return engine;
}
