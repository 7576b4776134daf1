// Loaded by NODE_OPTIONS into every process of an engine's run: the tls plugin's clock lags by this many milliseconds, so
// that what it issues ends soon. The plugin must be the engine's own process.
const lag = Number(process.env["DOCKERTLS_TLS_CLOCK_LAG"] ?? "0");
if (process.argv.includes("tls") && lag !== 0) {
  const RealDate = Date;
  globalThis.Date = class extends RealDate {
    constructor(...parts) {
      if (parts.length === 0) super(RealDate.now() - lag);
      else super(...parts);
    }
    static now() {
      return RealDate.now() - lag;
    }
  };
}
