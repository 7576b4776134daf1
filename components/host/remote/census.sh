# Says who uses dockerd at this moment: the containers that run, and the connections to its API. Changes nothing, and
# answers as probe.sh does. Only a plan asks for it: no other run pays for it.
# Reads: settings on standard input.

settings_taken='boundary port restart'
port=''
# Where dockerd answers is found out; no file of ours is asked for.
socket='' socket_of='' present_sockets='' ca_path='' cert_path='' key_path=''
# Whether dockerd is about to be restarted.
restart=no
# Addresses that have a connection, and containers that are asked about, at most.
address_limit=1000
container_limit=300

main() {
  set_environment
  exec 2>/dev/null
  read_settings
  exec </dev/null
  census_connections
  census_containers
  value end
}

# census_connections: a line for each address that has one open to the port, with how many; in hexadecimal, as the
# kernel writes them.
census_connections() {
  [ -r "$root/proc/net/tcp" ] || return 0
  value connections
  established="s/^ *[0-9]*: [0-9A-F]*:$(printf '%04X' "$port") \([0-9A-F]*\):[0-9A-F]* 01 .*/\1/p"
  sed -n "$established" "$root/proc/net/tcp" "$root/proc/net/tcp6" | sort | uniq -c | head -n "$address_limit"
}

# census_containers: whoever connects to systemd's socket starts dockerd, so a stopped one is not asked.
census_containers() {
  show_docker ActiveState,Listen
  docker_json=
  find_systemd_socket
  case $unit_show in
  *ActiveState=active*) ;;
  *)
    text silence 'dockerd does not run'
    return 0
    ;;
  esac
  if docker_info '' && list_containers; then
    text docker_info "$docker_json"
    text containers "$containers_json"
    [ "$restart" != yes ] || census_removed
  elif command -v curl >/dev/null || command -v perl >/dev/null || command -v docker >/dev/null; then
    text silence 'dockerd does not answer on its local socket'
  else
    text silence 'the machine has neither curl, perl nor docker to ask dockerd with'
  fi
}

list_containers() {
  containers_json=$(get "$root$asked_socket" /containers/json \
    ps --no-trunc --format '{"Id":"{{.ID}}","Names":["/{{.Names}}"]}')
}

# census_removed: ids of those that a dockerd before 24.0 removes when it restarts: they were started with --rm.
census_removed() {
  version=$(info_field ServerVersion)
  case ${version%%.*} in '' | *[!0-9]*) return 0 ;; esac
  [ "${version%%.*}" -lt 24 ] || return 0
  value removed
  printf '%s\n' "$containers_json" | grep -o '"Id":"[0-9a-f]*"' | head -n "$container_limit" |
    while IFS='"' read -r _ _ _ id _; do
      case $(get "$root$asked_socket" "/containers/$id/json" inspect "$id") in
      *'"AutoRemove":true'* | *'"AutoRemove": true'*) printf '%s\n' "$id" ;;
      esac
    done
}
