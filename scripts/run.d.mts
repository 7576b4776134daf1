export function staleness(checkout: string): string | undefined;
