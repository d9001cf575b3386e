export const BUNDLED: readonly string[];
export function bundlesFolder(): URL | undefined;
