// What the engine starts (`main` in package.json). Plain JavaScript, so that a Node which can't read
// TypeScript gets as far as being told so; the program itself is index.ts.
import { RunError } from "@pulumi/pulumi/errors.js";

export default async function program() {
  if (!process.features.typescript) throw oldNode();
  return { ...(await import("./index.ts")) };
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
