// How long a machine's Docker API is away while something is done to it, asked on the machine itself
// every 10 ms, so that neither the network nor this machine is part of the figure.
import { execOn } from "../../lab/machines/machines.ts";
import type { TestMachine } from "./test-machine.ts";

const asking = "/run/asking-docker";

/** Shorter than this is a busy machine, not an outage. */
const noticeable = 0.1;

/**
 * Prints every pause between two good answers. A question without an answer after a quarter of a second
 * is dropped and asked anew: when dockerd takes its socket over from systemd, those that were asked in
 * that moment are never answered. The clock is one without modules, in steps of 10 ms.
 */
const ping = String.raw`
use Socket;
$SIG{PIPE} = "IGNORE";
my ($asking, $noticeable) = @ARGV;
sub now { open my $clock, "<", "/proc/uptime" or die; (split " ", <$clock>)[0] }
sub answers {
  my $s;
  socket($s, PF_UNIX, SOCK_STREAM, 0) && connect($s, sockaddr_un("/run/docker.sock")) or return 0;
  syswrite($s, "GET /_ping HTTP/1.0\r\n\r\n") or return 0;
  my $ready = "";
  vec($ready, fileno($s), 1) = 1;
  select($ready, undef, undef, 0.25) && sysread($s, my $head, 12) or return 0;
  return $head =~ / 200$/;
}
my ($last, $goes_on);
do {
  $goes_on = -e $asking;
  if (answers()) {
    my $now = now();
    if (!defined $last) { open my $seen, ">", "$asking.answered" }
    elsif ($now - $last >= $noticeable) { printf "%.2f\n", $now - $last }
    $last = $now;
  }
  select(undef, undef, undef, 0.01);
} while ($goes_on);
`;

/** Seconds without an answer while work runs, all pauses together; 0 when nobody noticed anything. */
export async function outageDuring(
  machine: TestMachine,
  work: () => Promise<unknown>,
): Promise<number> {
  await machine.sh(`rm -f ${asking}.answered; touch ${asking}`);
  const pauses = execOn("test", machine.name, `perl - ${asking} ${String(noticeable)}`, {
    input: ping,
  });
  try {
    await machine.waitFor("first answer of its Docker API", 30, `test -e ${asking}.answered`);
    await work();
    await machine.waitFor("its Docker API", 60, "docker info");
  } finally {
    await machine.sh(`rm -f ${asking}`);
  }
  const { stdout } = await pauses;
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .reduce((total, pause) => total + Number(pause), 0);
}
