#!/bin/sh
# Runs once per image, as mmdebstrap's customize hook: $1 is the root of the new file system.
set -eu
root=$1

# Each machine gets its own: an image that carries them would make all machines one.
rm -f "$root"/etc/ssh/ssh_host_*
: > "$root/etc/machine-id"

# A number that no user of the machine around it has, by default: they could trace its processes, and so
# become root by its sudo. Below 100000 nobody gets it for a container of their own either.
chroot "$root" groupadd --gid 70231 ops
chroot "$root" useradd --uid 70231 --gid ops --create-home --shell /bin/bash ops
printf 'ops ALL=(ALL) NOPASSWD: ALL\n' > "$root/etc/sudoers.d/ops"
chmod 0440 "$root/etc/sudoers.d/ops"

cat > "$root/etc/ssh/sshd_config.d/lab.conf" <<'CONF'
HostKey /etc/ssh/ssh_host_ed25519_key
PermitRootLogin prohibit-password
PasswordAuthentication no
UseDNS no
CONF

# Nothing here has the internet; a timer that looks for updates only costs time and fails.
chroot "$root" systemctl --quiet enable systemd-networkd.service ssh.service docker.service
chroot "$root" systemctl --quiet mask \
  apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer \
  systemd-timesyncd.service systemd-modules-load.service console-getty.service getty.target

# Spares the rebuild of ld.so.cache and the journal catalogue on every first boot.
touch "$root/etc/.updated" "$root/var/.updated"

# An image for `docker import`: a container without a registry.
bundle=$root/opt/lab/busybox
mkdir -p "$bundle/bin" "$bundle/etc" "$bundle/tmp"
cp "$root/bin/busybox" "$bundle/bin/busybox"
for applet in sh sleep cat echo ls true false httpd wget id; do
  ln -s busybox "$bundle/bin/$applet"
done
tar --create --numeric-owner --owner=0 --group=0 --file="$root/opt/lab/busybox.tar" --directory="$bundle" .
rm -r "$bundle"
