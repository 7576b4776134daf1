# Keeps containers running while dockerd restarts: live-restore comes on by reload, before the restart.
# Reads: allow_container_restart, docker_containers, the states. Sets: docker_why; via, the way of daemon.json:
# over the live-restore bridge, or exact, in a Swarm, which excludes live-restore.

via=bridge

# keep_containers: through the restart that follows, or abort.
keep_containers() {
  if dies_with_dockerd; then
    abort "containers: dockerd $docker_version removes those that were started with --rm when it restarts, live-restore or not (24.0 does not); nothing was restarted; stop them first, or set allowContainerRestart: true, and run again"
  fi
  protected_or_allowed ||
    abort "live-restore: $docker_why, and a restart would stop running containers; nothing was restarted; see journalctl -u docker on the machine, stop the containers, or set allowContainerRestart: true, and run again"
}

may_restart() { ! dies_with_dockerd && ! takes_along && protected_or_allowed; }
protected_or_allowed() { protect_containers || [ "$allow_container_restart" = true ]; }

# protect_containers: makes the running dockerd leave containers alone when it stops. Where that can't be proven
# and containers run, daemon.json is put back.
protect_containers() {
  docker_is_active || return 0
  answered=no
  if docker_info; then
    answered=yes
    if live_restore_is true; then return 0; fi
    if swarm_is_active; then
      if ! containers_run yes; then return 0; fi
      docker_why='Docker Swarm is active here and excludes live-restore'
      return 1
    fi
  fi
  docker_why='daemon.json could not be written'
  step protect
  capture "$run/found" "$daemon_json" && stage "$run/found" found || return 1
  protect_by_reload "$state/previous" $((reload_tries / 4)) && return 0
  protect_by_reload "$state/original" $((reload_tries / 4)) && return 0
  protect_by_reload "$run/nothing-else" "$reload_tries" && return 0
  protect_why=$docker_why
  if docker_info; then answered=yes; fi
  if ! containers_run "$answered"; then return 0; fi
  step protect-undo
  install_file "$run/found" found "$daemon_json"
  signal_reload
  docker_why=$protect_why
  return 1
}

# protect_by_reload STATE TRIES: by a reload of that state's daemon.json with live-restore true. Which one the
# running dockerd takes depends on its flags (hosts must not be in both), and so on where an earlier run was
# killed. Without such a state, by a file with that key alone, which dockerd always takes.
protect_by_reload() {
  staged=$root$daemon_json$staged_mark-protect-keep
  if [ -f "$1/keep.json" ]; then
    copy_like "$1/tree$daemon_json" "$1/keep.json" "$staged"
  elif [ -f "$1/tree$daemon_json" ]; then
    copy_exact "$1/tree$daemon_json" "$staged"
  else
    echo '{"live-restore": true}' >"$staged"
  fi && sync "$staged" && install_variant protect keep || return 1
  step protect-reload
  reload_until true "$2"
}

# containers_run ANSWERED: by dockerd's answer, paused ones included; without one, by the processes.
containers_run() {
  if [ "$1" = yes ]; then
    case $docker_json in *'"ContainersRunning":0,'*) ;; *) return 0 ;; esac
    case $docker_json in *'"ContainersPaused":0,'*) return 1 ;; *'"ContainersPaused":'*) return 0 ;; *) return 1 ;; esac
  fi
  grep -qsaF -e containerd-shim "$root"/proc/[0-9]*/comm
}

# see_containers: ids of those that dockerd runs, paused ones included, on the socket where it answered, into
# containers_seen.
see_containers() {
  containers_seen=''
  containers_json=$(get "$root$asked_socket" /containers/json ps -q --no-trunc) || return 1
  set -f
  IFS=",{$new_line"
  for container in $containers_json; do
    case $container in '"Id":"'*) container=${container#'"Id":"'} container=${container%'"'} ;; esac
    case $container in *[!0-9a-f]*) continue ;; esac
    [ ${#container} != 64 ] || containers_seen="$containers_seen$container "
  done
  unset IFS
  set +f
}

# dies_with_dockerd: whether a restart of this old dockerd would remove a running container.
dies_with_dockerd() {
  [ "$allow_container_restart" != true ] && [ -n "$docker_containers" ] || return 1
  docker_version=$(info_field ServerVersion)
  case ${docker_version%%.*} in '' | *[!0-9]*) return 1 ;; esac
  [ "${docker_version%%.*}" -lt 24 ] || return 1
  for container in $docker_containers; do
    case $(get "$root$asked_socket" "/containers/$container/json" inspect "$container") in
    *'"AutoRemove":true'* | *'"AutoRemove": true'*) return 0 ;;
    esac
  done
  return 1
}

# choose_bridge: before anything is installed, whatever the effect, since the rollback may be a restart.
choose_bridge() { if in_swarm; then via=exact; fi; }

# in_swarm: by dockerd's answer when the snapshots were taken; without one, by what is on the disk. A node does
# not start on a file that says live-restore true.
in_swarm() {
  if [ "$docker_answers" = yes ]; then
    swarm_is_active
    return
  fi
  data_root_in_file=$(json_field data-root "$root$daemon_json")
  [ -f "$root${data_root_in_file:-/var/lib/docker}/swarm/docker-state.json" ]
}

swarm_is_active() { case $docker_json in *'"LocalNodeState":"inactive"'*) return 1 ;; *'"LocalNodeState":"'*) ;; *) return 1 ;; esac; }
