import { machineFolder, machineLock, unusedSocket } from "./machine-paths.ts";

/** Where files of the system lie, or where nothing stays: no file of a daemon belongs there. */
const systemTrees =
  "/bin /boot /dev /lib /lib32 /lib64 /proc /run /sbin /sys /tmp /usr /var/cache /var/lib/containerd /var/lib/docker /var/lib/dpkg /var/lib/systemd /var/log /var/run /var/tmp /etc/cron.d /etc/cron.daily /etc/cron.hourly /etc/init.d /etc/pam.d /etc/profile.d /etc/security /etc/ssh /etc/sudoers.d /etc/systemd /etc/udev".split(
    " ",
  );

/** The system's files lie directly in these; a new directory below them is fine. */
const systemDirectories = ["/", "/etc", "/etc/ssl", "/etc/ssl/certs", "/root", "/var", "/var/lib"];

/** What this program keeps for itself on a machine. */
const ownTrees = [machineFolder];
const ownPaths = [machineLock, unusedSocket];

/** Sockets and folders of services that dockerd would push aside. */
const otherServices = "/run/containerd /run/dbus /run/systemd /run/udev".split(" ");
const noSocketTrees = "/bin /boot /dev /etc /lib /lib32 /lib64 /proc /sbin /sys /usr".split(" ");

const isWithin = (path: string, tree: string): boolean =>
  path === tree || path.startsWith(`${tree}/`);

/** /var/run is /run. */
const real = (path: string): string => path.replace(/^\/var\/run(?=\/|$)/, "/run");

/** Whether the TLS files may lie in this directory. */
export function isForTlsFiles(directory: string): boolean {
  const path = real(directory);
  const isLocal = isWithin(path, "/usr/local");
  return (
    !systemDirectories.includes(path) &&
    (isLocal || !systemTrees.some((tree) => isWithin(path, tree))) &&
    !isOwn(path)
  );
}

/** Whether dockerd may make its local socket there. */
export function isForSocket(socket: string): boolean {
  const path = real(socket);
  return ![...otherServices, ...noSocketTrees].some((tree) => isWithin(path, tree)) && !isOwn(path);
}

/** Whether a path is this program's own, or leads into what is. */
export function isOwn(path: string): boolean {
  return (
    ownPaths.includes(real(path)) ||
    ownTrees.some((tree) => isWithin(path.replace(/\/+$/, ""), tree))
  );
}
