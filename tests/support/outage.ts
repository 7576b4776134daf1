// How long a machine's Docker API is away while something is done to it, asked on the machine itself
// every 10 ms, so that neither the network nor this machine is part of the figure.
import type { TestMachine } from "./test-machine.ts";

const asking = "/run/asking-docker";

/** A question that got no good answer makes a pause an outage; without one it is a busy machine. */
const longestAnswer = 1;

/** Longer than a start of dockerd on a busy machine takes: who waits longer is never answered. */
const patience = 20;

/**
 * Prints every pause between two good answers, and `hung` for every question that is still without one
 * when patience ends. The clock is one without modules, in steps of 10 ms.
 */
const ping = String.raw`
use Socket;
$SIG{PIPE} = "IGNORE";
my ($asking, $longest, $patience) = @ARGV;
sub now { open my $clock, "<", "/proc/uptime" or die; (split " ", <$clock>)[0] }
sub answers {
  my $s;
  socket($s, PF_UNIX, SOCK_STREAM, 0) && connect($s, sockaddr_un("/run/docker.sock")) or return 0;
  syswrite($s, "GET /_ping HTTP/1.0\r\n\r\n") or return 0;
  my $ready = "";
  vec($ready, fileno($s), 1) = 1;
  my $found = select($ready, undef, undef, $patience);
  print "hung\n" if $found == 0;
  $found > 0 && sysread($s, my $head, 12) or return 0;
  return $head =~ / 200$/;
}
my ($last, $goes_on, $failed);
do {
  $goes_on = -e $asking;
  if (answers()) {
    my $now = now();
    if (!defined $last) { open my $seen, ">", "$asking.answered" }
    elsif ($failed || $now - $last >= $longest) { printf "%.2f\n", $now - $last }
    ($last, $failed) = ($now, 0);
  } else { $failed = 1 }
  select(undef, undef, undef, 0.01);
} while ($goes_on);
`;

export interface Outage {
  /** All pauses between two good answers together; 0 when nobody noticed anything. */
  readonly seconds: number;
  /** Clients that were let in and got no answer before patience ended. */
  readonly hungClients: number;
}

/** How long a machine's API is away while work runs. */
export async function askedDuring(
  machine: TestMachine,
  work: () => Promise<unknown>,
): Promise<Outage> {
  await machine.sh(`rm -f ${asking}.answered; touch ${asking}`);
  const command = `perl - ${asking} ${String(longestAnswer)} ${String(patience)}`;
  const pauses = machine.exec(command, { input: ping });
  try {
    await machine.waitFor("first answer of its Docker API", 30, `test -e ${asking}.answered`);
    await work();
    await machine.waitFor("its Docker API", 60, "docker info");
  } finally {
    await machine.sh(`rm -f ${asking}`);
  }
  const lines = (await pauses).stdout.split("\n").filter((line) => line !== "");
  const lengths = lines.filter((line) => line !== "hung").map(Number);
  return {
    seconds: lengths.reduce((total, pause) => total + pause, 0),
    hungClients: lines.length - lengths.length,
  };
}

/**
 * Seconds without an answer while work runs, all pauses together; 0 when nobody noticed anything.
 * @throws Error when a client was never answered at all.
 */
export async function outageDuring(
  machine: TestMachine,
  work: () => Promise<unknown>,
): Promise<number> {
  const { seconds, hungClients } = await askedDuring(machine, work);
  if (hungClients > 0) {
    throw new Error(`${machine.name}: a client got no answer within ${String(patience)} s`);
  }
  return seconds;
}
