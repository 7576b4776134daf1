export function isStale(checkout: string): boolean;
