// What the engine starts (`main` in package.json). Plain JavaScript, so that a Node which can't read
// TypeScript gets as far as being told so; the program itself is index.ts.
import module from "node:module";
import { RunError } from "@pulumi/pulumi/errors.js";
import { keepCompiledCode } from "./own-cache.mjs";

// The SDK takes a stack trace for every promise, and one for every resource that goes into the state: 8 kB per
// machine. Without them an error that nobody expected is told by its message alone.
if (process.env.DOCKERTLS_STACK_TRACES) {
  // Node strips the types in place, so there are no source maps to look them up in.
  delete Error.prepareStackTrace;
} else {
  Object.defineProperty(Error, "stackTraceLimit", { get: () => undefined, set: () => undefined });
}

// The SDK is 10 MB of JavaScript to compile, at every run.
keepCompiledCode();

// Of those, a package manager and a compiler, with which the SDK packs functions that run elsewhere. This program has
// none, and so never waits for them.
loadWhenUsed("@npmcli/arborist", "typescript");

export default async function program() {
  if (!process.features.typescript) throw oldNode();
  const outputs = { ...(await import("./index.ts")) };
  // By itself Node writes it at its exit, and the engine does not wait for that.
  module.flushCompileCache?.();
  return outputs;
}

/**
 * Puts modules that the SDK requires into the cache as promises of themselves.
 * @param {...string} names
 */
function loadWhenUsed(...names) {
  const requireFromSdk = module.createRequire(import.meta.resolve("@pulumi/pulumi/index.js"));
  for (const name of names) {
    const path = requireFromSdk.resolve(name);
    const load = () => {
      if (requireFromSdk.cache[path] === stub) delete requireFromSdk.cache[path];
      return requireFromSdk(path);
    };
    const stub = new module.Module(path);
    stub.loaded = true;
    // With __esModule the SDK takes it as it is, and copies nothing out of it.
    stub.exports = new Proxy({}, { get: (_, key) => key === "__esModule" || load()[key] });
    requireFromSdk.cache[path] ??= stub;
  }
}

function oldNode() {
  const error = new RunError(
    `node: the one on PATH is ${process.version}; the program is TypeScript, which Node reads by ` +
      "itself from 22.18 on; put the project's own before it: " +
      '`PATH="$PWD/node_modules/.bin:$PATH" pulumi …`, or install a newer Node',
  );
  // On Node 20 the SDK takes half a minute and 3 GB to look at a stack that it then doesn't show.
  error.stack = error.message;
  return error;
}
