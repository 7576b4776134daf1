type Packages = Record<string, { version?: string }>;
export function ownNodeVersion(locked: Packages, platform?: string): string | undefined;
export function ownNode(checkout: string): string;
export function runs(checkout: string, version: string): boolean;
export function hasGlibc(): boolean;
export function nodeFor(checkout: string, locked: Packages): { node: string } | { problem: string };
