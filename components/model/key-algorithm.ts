/** Kinds of keys. P-224, the tls provider's own default, is none: TLS 1.3 does not know it. */
export const keyAlgorithms = [
  "ECDSA-P256",
  "ECDSA-P384",
  "ECDSA-P521",
  "RSA-2048",
  "RSA-3072",
  "RSA-4096",
  "ED25519",
] as const;
export type KeyAlgorithm = (typeof keyAlgorithms)[number];
