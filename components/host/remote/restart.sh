# Restarts dockerd on a state, over the live-restore bridge: a dockerd that starts with live-restore off
# stops every running container, so daemon.json says true until dockerd runs.
# Reads: staged states, socket_moves, inherited, via. Sets: docker_why.

# Whether systemd's socket outlives the restart.
socket_stays=no
start_tries=25
start_limit=180

# restart_onto STATE LABEL [PORT SOCKET]: installs a staged state and restarts dockerd on it.
restart_onto() {
  see_systemd_socket
  install_all "$1" "$2" "$via" || {
    docker_why='a file could not be put in place'
    return 1
  }
  step "$2-restart"
  restart_docker || return 1
  step "$2-assert"
  docker_serves "${3:-}" "${4:-}" || { socket_is_dead && restart_docker && docker_serves "${3:-}" "${4:-}"; } || return 1
  remove_dead_sockets
  [ "$2" = old ] || no_container_orphaned || return 1
  if [ "$2" = new ]; then
    start_dependents
    # As long as the way back is over the bridge.
    stays_healthy || return 1
  fi
  drop_bridge "$1" "$2"
}

# drop_bridge STATE LABEL: dockerd runs, so it is told what daemon.json says of live-restore, and gets that file.
drop_bridge() {
  if [ ! -f "$1/keep.json" ] || [ "$via" = exact ]; then return 0; fi
  if live_restore_is true; then
    install_variant "$2" release || return 1
    step "$2-release-reload"
    # The new setting must take; in a rollback the file matters more.
    reload_until false || [ "$2" != new ] || return 1
  fi
  install_file "$1" "$2" "$daemon_json"
}

# install_exact_daemon_json STATE LABEL: the end of restart_onto where dockerd does not answer.
install_exact_daemon_json() { [ ! -f "$1/keep.json" ] || [ "$via" = exact ] || install_file "$1" "$2" "$daemon_json"; }

# stop_onto STATE LABEL: a staged state in which docker was not running.
stop_onto() {
  see_systemd_socket
  install_all "$1" "$2" exact || return 1
  step "$2-stop"
  timeout -k 5 "$start_limit" systemctl stop docker.service
  systemctl reset-failed docker.service || :
  # Nobody is there to serve it.
  ! in_manifest "$1" "file $api_socket" || timeout 30 systemctl stop dockertls-api.socket || :
  # A dockerd that listened by itself has removed the file of systemd's socket, which may also have moved.
  if { [ "$socket_stays" = no ] || [ "$socket_moves" = yes ]; } && timeout 10 systemctl is-active docker.socket; then
    timeout 30 systemctl restart docker.socket || :
  fi
}

# restart_docker: on what is on the disk now. The start limit counts good starts too, so it is cleared first.
# systemd's socket stays where it served before, so that no client and no container that has mounted it notices.
# Where dockerd listened by itself it has removed the file, so docker.socket restarts as well.
restart_docker() {
  start_since=$(date +%s)
  systemctl reset-failed docker.service docker.socket || :
  set -- docker.service
  if socket_has_moved || { [ "$socket_stays" = no ] && read_unit && systemd_is_to_listen; }; then
    set -- docker.socket docker.service
  fi
  timeout -k 5 "$start_limit" systemctl restart "$@" && return 0
  restart_status=$?
  docker_why=$(journal_reason "$start_since" || :)
  [ -n "$docker_why" ] || docker_why="dockerd did not start (systemctl restart: status $restart_status)"
  return 1
}

# systemd_is_to_listen: for dockerd, by the unit that is loaded and the daemon.json that lies there.
systemd_is_to_listen() {
  case $(unit_value ExecStart) in *fd://*) return 0 ;; esac
  grep -q '"fd://' "$root$daemon_json"
}

# see_systemd_socket: before the files change. Where a run was killed, nobody knows what dockerd started on.
see_systemd_socket() {
  socket_stays=no
  [ "$inherited" = no ] || return 0
  read_unit
  # A dockerd that does not answer there: somebody has removed the file, say.
  if docker_was_active && [ "$docker_answers" = no ]; then return 0; fi
  if systemd_is_to_listen && timeout 10 systemctl is-active docker.socket; then socket_stays=yes; fi
}

# socket_is_dead: dockerd runs and nobody reaches it on systemd's socket, so that has to be made anew.
socket_is_dead() {
  case $socket_stays:$docker_why in 'yes:dockerd does not answer on '*) socket_stays=no ;; *) return 1 ;; esac
}

# socket_has_moved: docker.socket listens, and its drop-in came or went.
socket_has_moved() { [ "$socket_moves" = yes ] && timeout 10 systemctl is-active docker.socket; }

# remove_dead_sockets: systemd leaves the file of a socket that moves, and clients would find nobody there.
remove_dead_sockets() {
  for dead_socket in $(field "$state/record" socket) $(field "$state/previous/facts" sockets); do
    [ -S "$root$dead_socket" ] || continue
    dead_socket=$(readlink -f "$root$dead_socket")
    name_twice "$dead_socket"
    grep -q -e " $dead_socket\$" -e " $same_socket\$" "$root/proc/net/unix" || rm -f "$dead_socket"
  done
}

# docker_serves [PORT SOCKET]: active, answers on its socket, and listens on the port.
docker_serves() {
  tries=$start_tries
  while :; do
    docker_why='dockerd stopped again after its start'
    if docker_is_active; then
      docker_why="dockerd does not answer on ${2:-$default_socket}"
      if docker_info "${2:-}"; then
        docker_why="nothing listens on port ${1:-}"
        if [ -z "${1:-}" ] || port_listens "$1"; then return 0; fi
      fi
    fi
    tries=$((tries - 1))
    if [ "$tries" -le 0 ]; then break; fi
    sleep 0.2
  done
  return 1
}

port_listens() {
  if command -v ss; then
    [ -n "$(ss -Hltn "sport = :$1")" ]
  else
    port_hex=$(printf '%04X' "$1")
    cat "$root/proc/net/tcp" "$root/proc/net/tcp6" |
      grep -Eq "^ *[0-9]+: [0-9A-F]+:$port_hex [0-9A-F]+:0000 0A "
  fi
}
