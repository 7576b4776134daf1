#!/bin/sh
# network.sh up BRIDGE ADDRESS SUBNET USER: a lab's bridge, with this machine on it and no way out. USER, a
# number, and root can reach it, and nobody else on this machine.
# network.sh down BRIDGE SUBNET: takes all of it away.
set -eu

# Priorities of our rules of the routing policy. It comes before any route, and before those of a VPN.
allowing=10231
closing=10232

# While the bridge is down its own route is gone, and packets for the lab would leave by the default
# route, to whoever has that address out there. This route catches them; the bridge's is better.
last_resort=4278198272

has_rule() {
  ip rule show | tr '\t' ' ' | grep -qxE "$1: +from all $2 *"
}

# Two runs may add the same one. systemd-networkd removes what it doesn't know, but for rules of the kernel's.
ensure_rule() {
  priority=$1
  shift
  has_rule "$priority" "$*" || ip rule add priority "$priority" "$@" protocol kernel || has_rule "$priority" "$*"
}

# Those who may reach the subnet now, by number.
users_of() {
  ip rule show | tr '\t' ' ' | sed -n "s|^$allowing: .* to $1 .* uidrange \([0-9]*\)-.*|\1|p"
}

forget_user() {
  ip rule delete priority "$allowing" to "$1" iif lo uidrange "$2-$2" lookup main
}

# A machine's API in plaintext, or what a test has left open there, would make root of any user here. What is
# missing comes first: a packet that finds no rule to let it through is an error to whoever sent it.
close_to_others() {
  for may in 0 "$user"; do
    ensure_rule "$allowing" to "$subnet" iif lo uidrange "$may-$may" lookup main
  done
  # Packets that are forwarded, a container's for one, are no user's.
  ensure_rule "$closing" to "$subnet" prohibit
  for other in $(users_of "$subnet"); do
    [ "$other" = 0 ] || [ "$other" = "$user" ] || forget_user "$subnet" "$other"
  done
}

up() {
  bridge=$1 address=$2 subnet=$3 user=$4
  ip route replace blackhole "$subnet" metric "$last_resort"
  close_to_others
  [ -d "/sys/class/net/$bridge" ] || ip link add "$bridge" type bridge
  # The rules are for IPv4. The lab has no other addresses, and the bridge would make itself one.
  [ ! -e "/proc/sys/net/ipv6/conf/$bridge/disable_ipv6" ] || echo 1 > "/proc/sys/net/ipv6/conf/$bridge/disable_ipv6"
  ip address replace "$address" dev "$bridge"
  ip link set "$bridge" up
}

down() {
  bridge=$1 subnet=$2
  [ ! -d "/sys/class/net/$bridge" ] || ip link delete "$bridge"
  ip route delete blackhole "$subnet" 2> /dev/null || true
  for user in $(users_of "$subnet"); do forget_user "$subnet" "$user"; done
  ! has_rule "$closing" "to $subnet prohibit" || ip rule delete priority "$closing" to "$subnet" prohibit
}

"$@"
