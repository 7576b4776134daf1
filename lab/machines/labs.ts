// Names and addresses of the labs. They are fixed, so that a stack file can be committed that points
// at a machine which doesn't exist yet. Nothing here touches the system.

export interface Lab {
  name: string;
  bridge: string;
  /** The first three octets; the lab owns the /24. */
  network: string;
  /** What its machines' names begin with: b1, b2 … */
  prefix: string;
}

const dev: Lab = { name: "dev", bridge: "dtls-dev", network: "10.231.76", prefix: "b" };

/** Where releases were recorded: what they left names this lab's addresses, certificates among it. */
export const releaseLab: Lab = {
  ...{ name: "release", bridge: "dtls-release", network: "10.231.77", prefix: "t" },
};

/** One for each process that tests side by side. */
const testLabs = Array.from({ length: 8 }, (_, index): Lab => {
  const name = `test${String(index + 1)}`;
  return { name, bridge: `dtls-${name}`, network: `10.231.${String(80 + index)}`, prefix: "t" };
});

const labs: Record<string, Lab> = Object.fromEntries(
  [dev, releaseLab, ...testLabs].map((lab) => [lab.name, lab]),
);

export function labNamed(name: string): Lab {
  const lab = labs[name];
  if (!lab)
    throw new Error(
      `lab ${name}: unknown; labs are ${Object.keys(labs).join(", ")}; choose one with --lab`,
    );
  return lab;
}

export const labNames = (): string[] => Object.keys(labs);

/** Labs of the processes that test, in their order. */
export const testLabNames: readonly string[] = testLabs.map(({ name }) => name);

/** All that a run of the tests may have left. */
export const labsOfTests: readonly string[] = [...testLabNames, releaseLab.name];

export const subnetOf = (lab: Lab): string => `${lab.network}.0/24`;
export const hostAddressOf = (lab: Lab): string => `${lab.network}.1`;

/** b1 is .11, b2 is .12; .1 is this machine's side of the bridge. */
export function addressOf(lab: Lab, machine: string): string {
  const number = new RegExp(`^${lab.prefix}([1-9][0-9]?)$`).exec(machine)?.[1];
  if (!number) {
    throw new Error(
      `machine ${machine}: no such name in lab ${lab.name}; its address follows from its name; use ${lab.prefix}1 to ${lab.prefix}99`,
    );
  }
  return `${lab.network}.${String(10 + Number(number))}`;
}

/** The machine that an address of the lab belongs to: 10.231.76.11 is b1. */
export function machineAt(lab: Lab, address: string): string | undefined {
  const last = Number(address.slice(lab.network.length + 1));
  return Number.isInteger(last) && last > 10 && last < 110
    ? `${lab.prefix}${String(last - 10)}`
    : undefined;
}
