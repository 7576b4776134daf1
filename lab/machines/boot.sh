#!/bin/sh
# Becomes one lab machine: run as root in a mount namespace of its own, so that the mounts made here
# end with the machine, however it ends.
set -eu
image=$1 directory=$2 machine=$3 hostname=$4 address=$5 bridge=$6
exec >> "$directory/console.log" 2>&1

# Pid, start time and boot: together they name this process for good. A pid alone is reused.
started=$(cut -d ' ' -f 22 "/proc/$$/stat")
read -r boot < /proc/sys/kernel/random/boot_id
echo "$$ $started $boot" > "$directory/pid.new"
mv "$directory/pid.new" "$directory/pid"

mkdir -p "$directory/upper" "$directory/work" "$directory/root" \
  "$directory/data/docker" "$directory/data/containerd"
mount -t overlay lab -o \
  "lowerdir=$image,upperdir=$directory/upper,workdir=$directory/work" "$directory/root"
root=$directory/root

if [ ! -e "$root/etc/lab-machine" ]; then
  echo "$hostname" > "$root/etc/hostname"
  printf '127.0.0.1 localhost\n%s %s\n' "$address" "$hostname" > "$root/etc/hosts"
  : > "$root/etc/resolv.conf"
  # Sorts before systemd's own 80-container-host0.network, which asks for DHCP. No gateway: the
  # machine reaches its bridge and nothing else.
  cat > "$root/etc/systemd/network/10-host0.network" <<CONF
[Match]
Name=host0
[Network]
Address=$address/24
LinkLocalAddressing=no
IPv6AcceptRA=no
CONF
  install -m 0600 "$directory/ssh_host_ed25519_key" "$root/etc/ssh/ssh_host_ed25519_key"
  install -d -m 0700 "$root/root/.ssh"
  install -m 0600 "$directory/authorized_keys" "$root/root/.ssh/authorized_keys"
  # Whoever ops is there: its number means nobody here.
  ops=$(stat -c %u "$root/home/ops")
  install -d -m 0700 -o "$ops" -g "$ops" "$root/home/ops/.ssh"
  install -m 0600 -o "$ops" -g "$ops" "$directory/authorized_keys" "$root/home/ops/.ssh/authorized_keys"
  touch "$root/etc/lab-machine"
fi

# Where systemd runs this machine, nspawn makes itself a scope, out of the caller's session. Elsewhere
# it would share one cgroup with the other machines, and a service stopped on one would die on all.
unit=
if [ ! -d /run/systemd/system ]; then
  unit=--keep-unit
  for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd; do
    [ -e "$hierarchy/cgroup.procs" ] || continue
    mkdir -p "$hierarchy/$machine"
    echo $$ > "$hierarchy/$machine/cgroup.procs"
  done
fi

export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
# shellcheck disable=SC2086 # $unit is one option or none
exec systemd-nspawn --quiet --boot --register=no $unit \
  --directory="$root" --machine="$machine" --hostname="$hostname" \
  --bind="$directory/data/docker:/var/lib/docker" \
  --bind="$directory/data/containerd:/var/lib/containerd" \
  --network-bridge="$bridge" --resolv-conf=off --timezone=off --link-journal=no \
  --private-users=no --capability=all --system-call-filter='add_key keyctl bpf'
