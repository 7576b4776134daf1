export function alone(mark: string, waiting: () => void): Promise<() => void>;
