/** The port of a machine's API as it looks from this machine; nothing where that could not be tried. */
export interface EndpointProbe {
  /** The certificate that is served there, PEM. */
  readonly certificate?: string;
  /** Why there is no connection, by Node's code, such as ETIMEDOUT. */
  readonly code?: string;
}
