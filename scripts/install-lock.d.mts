export function takeInstallLock(mark: string, waiting: () => void): Promise<() => void>;
