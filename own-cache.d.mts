export function isOwn(path: string): boolean;
export function ownCache(environment?: NodeJS.ProcessEnv): string | undefined;
export function keepCompiledCode(environment?: NodeJS.ProcessEnv): void;
export function withHome(
  environment: NodeJS.ProcessEnv,
  instead: string,
): NodeJS.ProcessEnv & { HOME: string };
