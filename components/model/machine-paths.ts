/** This program's own folder on a machine; only root can look into it. */
export const machineFolder = "/var/lib/dockertls";

/** Where the script of this digest lies on a machine; only root can read or change it. */
export const scriptPath = (digest: string): string => `${machineFolder}/script-${digest}`;

/** Our drop-in for docker.service; it sorts after every common name, so its ExecStart is the last. */
export const dropInPath = "/etc/systemd/system/docker.service.d/zz-dockertls.conf";

/** Our drop-in for docker.socket. */
export const socketDropInPath = "/etc/systemd/system/docker.socket.d/zz-dockertls.conf";

/** Our drop-in that says when systemd starts dockerd again. */
export const restartDropInPath = "/etc/systemd/system/docker.service.d/zz-dockertls-restart.conf";

/** Our socket unit, with which systemd holds the API's port, and the unit that guards it; see systemd/api-socket.ts. */
export const apiSocketPath = "/etc/systemd/system/dockertls-api.socket";
export const apiGuardPath = "/etc/systemd/system/dockertls-api.service";

/** The lock of a change to the machine; see components/host/remote/lock.sh. */
export const machineLock = "/run/dockertls.lock";

/**
 * Where systemd listens for nobody; see `socketDropIn` in systemd/drop-ins.ts, and `unused_socket` in
 * components/host/remote/paths.sh.
 */
export const unusedSocket = "/run/dockertls-unused.sock";

/** Where dockerd looks for its configuration file when no flag says otherwise. */
export const daemonJsonPath = "/etc/docker/daemon.json";
