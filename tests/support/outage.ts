// How long a machine's Docker API is away while something is done to it, asked on the machine itself
// every 10 ms, so that neither the network nor this machine is part of the figure.
import type { TestMachine } from "./test-machine.ts";

/** A question that got no good answer makes a pause an outage; without one it is a busy machine. */
const longestAnswer = 1;

/** Longer than a start of dockerd on a busy machine takes: who waits longer is never answered. */
const patience = 20;

/**
 * Prints every pause between two good answers, `failed` for every question that was turned away, and `hung` for
 * every one that is still without an answer when patience ends. The clock is one without modules, in steps of 10 ms.
 */
const ping = String.raw`
use Socket;
$SIG{PIPE} = "IGNORE";
my ($asking, $longest, $patience, $way) = @ARGV;
my $is_port = $way =~ /^\d+$/;
my $to = $is_port ? sockaddr_in($way, INADDR_LOOPBACK) : sockaddr_un($way);
# A dockerd that speaks TLS has an answer for plaintext as well.
my $good = $is_port ? qr/ 400$/ : qr/ 200$/;
sub now { open my $clock, "<", "/proc/uptime" or die; (split " ", <$clock>)[0] }
sub answers {
  my $s;
  socket($s, $is_port ? PF_INET : PF_UNIX, SOCK_STREAM, 0) && connect($s, $to) or return 0;
  syswrite($s, "GET /_ping HTTP/1.0\r\n\r\n") or return 0;
  my $ready = "";
  vec($ready, fileno($s), 1) = 1;
  my $found = select($ready, undef, undef, $patience);
  print "hung\n" if $found == 0;
  $found > 0 && sysread($s, my $head, 12) or return 0;
  return $head =~ $good;
}
my ($last, $goes_on, $failed);
do {
  $goes_on = -e $asking;
  if (answers()) {
    my $now = now();
    if (!defined $last) { open my $seen, ">", "$asking.answered" }
    elsif ($failed || $now - $last >= $longest) { printf "%.2f\n", $now - $last }
    ($last, $failed) = ($now, 0);
  } else { print "failed\n"; $failed = 1 }
  select(undef, undef, undef, 0.01);
} while ($goes_on);
`;

export interface Outage {
  /** All pauses between two good answers together; 0 when nobody noticed anything. */
  readonly seconds: number;
  /** Clients that were let in and got no answer before patience ended. */
  readonly hungClients: number;
  /** Calls without a good answer, those among them. */
  readonly failedCalls: number;
}

/** Where clients connect: a port that speaks TLS, or the path of a socket. */
export type Way = number | string;

export const localSocket: Way = "/run/docker.sock";
export const tlsPort: Way = 2376;

/** How a machine's API answers while work runs, to clients that come this way. */
export async function askedDuring(
  machine: TestMachine,
  way: Way,
  work: () => Promise<unknown>,
): Promise<Outage> {
  // One for each way, so that several can be asked at once.
  const asking = `/run/asking-${String(way).replaceAll("/", "-")}`;
  await machine.sh(`rm -f ${asking}.answered; touch ${asking}`);
  const command = `perl - ${asking} ${String(longestAnswer)} ${String(patience)} ${String(way)}`;
  const pauses = machine.exec(command, { input: ping });
  try {
    await machine.waitFor("first answer of its Docker API", 30, `test -e ${asking}.answered`);
    await work();
    await machine.waitFor("its Docker API", 60, "docker info");
  } finally {
    await machine.sh(`rm -f ${asking}`);
  }
  const lines = (await pauses).stdout.split("\n").filter((line) => line !== "");
  const lengths = lines.filter((line) => !["hung", "failed"].includes(line)).map(Number);
  return {
    seconds: lengths.reduce((total, pause) => total + pause, 0),
    hungClients: lines.filter((line) => line === "hung").length,
    failedCalls: lines.filter((line) => line === "failed").length,
  };
}

export interface Caller {
  readonly machine: TestMachine;
  readonly way: Way;
}

/** How many calls of each failed, who all call for as long as the work takes. */
export async function failedCallsDuring(
  [first, ...others]: readonly Caller[],
  work: () => Promise<unknown>,
): Promise<number[]> {
  if (first === undefined) {
    await work();
    return [];
  }
  let rest: number[] = [];
  const { failedCalls } = await askedDuring(first.machine, first.way, async () => {
    rest = await failedCallsDuring(others, work);
  });
  return [failedCalls, ...rest];
}

/**
 * Seconds without an answer to clients from elsewhere while work runs, all pauses together; 0 when nobody noticed
 * anything.
 * @throws Error when a client was never answered at all.
 */
export async function outageDuring(
  machine: TestMachine,
  work: () => Promise<unknown>,
): Promise<number> {
  const { seconds, hungClients } = await askedDuring(machine, tlsPort, work);
  if (hungClients > 0) {
    throw new Error(`${machine.name}: a client got no answer within ${String(patience)} s`);
  }
  return seconds;
}
