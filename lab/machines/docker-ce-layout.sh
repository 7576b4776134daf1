#!/bin/sh
# Turns an image with Debian's docker.io into one in docker-ce's layout: the same dockerd, but in
# /usr/bin and started by a unit like the one that docker-ce 27 and newer bring along. What differs
# for whoever writes a drop-in: the path, no $DOCKER_OPTS, no EnvironmentFile. Runs as mmdebstrap's
# customize hook, after customize.sh: $1 is the root of the new file system.
set -eu
root=$1

mv "$root/usr/sbin/dockerd" "$root/usr/bin/dockerd"
mv "$root/usr/sbin/docker-proxy" "$root/usr/bin/docker-proxy"
rm -f "$root/etc/default/docker" "$root/etc/init.d/docker"

cat > "$root/usr/lib/systemd/system/docker.service" <<'UNIT'
[Unit]
Description=Docker Application Container Engine
Documentation=https://docs.docker.com
After=network-online.target nss-lookup.target docker.socket firewalld.service containerd.service time-set.target
Wants=network-online.target containerd.service
Requires=docker.socket
StartLimitBurst=3
StartLimitIntervalSec=60

[Service]
Type=notify
ExecStart=/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock
ExecReload=/bin/kill -s HUP $MAINPID
TimeoutStartSec=0
RestartSec=2
Restart=always
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
Delegate=yes
KillMode=process
OOMScoreAdjust=-500

[Install]
WantedBy=multi-user.target
UNIT

cat > "$root/usr/lib/systemd/system/docker.socket" <<'UNIT'
[Unit]
Description=Docker Socket for the API

[Socket]
ListenStream=/run/docker.sock
SocketMode=0660
SocketUser=root
SocketGroup=docker

[Install]
WantedBy=sockets.target
UNIT

# docker-ce enables both.
chroot "$root" systemctl --quiet reenable docker.service docker.socket
