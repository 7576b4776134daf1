// What a test starts. The program's entry comes first: it sees to what must be so before the SDK is loaded.
await import("../../../entry.mjs");
await import("./main.ts");
