# A restart takes nothing along without leave, and brings back what was up.
# Reads: allow_container_restart, dependents, what look_at_docker found. Sets: docker_why.

check_taken_along() {
  step check-taken-along
  [ "$effect" = restart ] && takes_along || return 0
  refuse "$docker_why; nothing was touched; stop them first, or set allowContainerRestart: true for this host"
}

# takes_along: by the last look_at_docker.
takes_along() {
  [ "$allow_container_restart" != true ] || return 1
  if [ -n "$dependents" ]; then
    docker_why="$(dependent_units ', '): would be stopped by the restart of dockerd; live-restore keeps no unit that systemd ties to docker.service, and none whose process is a docker client"
    return 0
  fi
  containers_run "$docker_answers" || return 1
  if stop_kills_containers; then
    docker_why="containers: those that run would be killed by the restart of dockerd; dockerd has started its own containerd, and docker.service has no KillMode=process"
  elif has_stop_hook; then
    docker_why="docker.service: ExecStop= or ExecStopPost= runs a command at every stop of dockerd; it may stop the running containers, live-restore or not"
  else
    return 1
  fi
}

# dependent_units SEPARATOR
dependent_units() {
  separator=
  while read -r dependent _; do
    [ -n "$dependent" ] || continue
    printf '%s%s' "$separator" "$dependent"
    separator=$1
  done <<DEPENDENTS
$dependents
DEPENDENTS
}

# start_dependents: those that were up before the first touch. systemd starts those that it has stopped with
# docker.service only where that came up at once, and some not at all.
start_dependents() {
  dependents_before=$(field "$state/previous/facts" dependents)
  # shellcheck disable=SC2086 # names of units
  [ -z "$dependents_before" ] || timeout 30 systemctl start --no-block $dependents_before || :
}
