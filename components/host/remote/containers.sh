# How running containers are kept: from a restart of dockerd, which stops them where live-restore is not in
# effect, and from a dockerd that would start and look for them elsewhere.

# containers_run ANSWERED: as dockerd says, paused ones included; when it does not answer, as the processes
# show.
containers_run() {
  if [ "$1" = yes ]; then
    case $docker_json in *'"ContainersRunning":0,'*) ;; *) return 0 ;; esac
    case $docker_json in *'"ContainersPaused":0,'*) return 1 ;; *'"ContainersPaused":'*) return 0 ;; *) return 1 ;; esac
  fi
  grep -lsaF -e containerd-shim "$root"/proc/[0-9]*/comm | grep -q .
}

# running_containers: ids of those that dockerd sees, paused ones included, where it answered just now.
running_containers() {
  containers_json=$(get "$root$asked_socket" /containers/json ps -q --no-trunc) || return 1
  printf '%s\n' "$containers_json" | sed 's/[,{]/\n/g' |
    sed -n -e 's/^"Id":"\([0-9a-f]\{64\}\)"$/\1/p' -e '/^[0-9a-f]\{64\}$/p' | tr '\n' ' '
}

# protect_containers: make the running dockerd leave containers alone when it stops. What was there
# is put back where that can't be proven and containers run.
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
  protect_by_reload "$state/previous" 10 && return 0
  protect_by_reload "$state/original" 10 && return 0
  protect_by_reload "$run/nothing-else" 40 && return 0
  protect_why=$docker_why
  if docker_info; then answered=yes; fi
  if ! containers_run "$answered"; then return 0; fi
  step protect-undo
  install_file "$run/found" found "$daemon_json"
  signal_reload
  docker_why=$protect_why
  return 1
}

# protect_by_reload STATE TRIES: by that state's daemon.json with live-restore true. Which one
# the running dockerd takes depends on its flags (hosts must not be in both), and so on where an
# earlier run was killed; a file with no other key is always taken (where there is no such state).
protect_by_reload() {
  staged=$root$daemon_json$staged_mark-protect-keep
  if [ -f "$1/keep.json" ]; then
    stage_variant "$1" "$1/keep.json" "$staged"
  elif [ -f "$1/tree$daemon_json" ]; then
    stage_copy "$1/tree$daemon_json" "$staged"
  else
    echo '{"live-restore": true}' >"$staged"
  fi && sync "$staged" && install_variant protect keep || return 1
  step protect-reload
  reload_until true "$2"
}

# keep_containers: from the restart that comes, or leave it at that.
keep_containers() {
  if dies_with_dockerd; then
    abort "containers: dockerd $docker_version removes those that were started with --rm when it restarts, live-restore or not (24.0 does not); nothing was restarted; stop them first, or set allowContainerRestart: true, and run again"
  fi
  protected_or_allowed ||
    abort "live-restore: $docker_why, and a restart would stop running containers; nothing was restarted; see journalctl -u docker on the machine, stop the containers, or set allowContainerRestart: true, and run again"
}

may_restart() { ! dies_with_dockerd && protected_or_allowed; }

protected_or_allowed() { protect_containers || [ "$allow_container_restart" = true ]; }

# dies_with_dockerd: a container that runs would be removed by the restart of an old dockerd.
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

# check_storage_moved: what dockerd's own answer and the two files show before the first touch. A dockerd that
# asks another containerd takes its containers for ended, and no way back heals that; in another folder it
# would start whatever lies there.
check_storage_moved() {
  step check-home
  [ "$allow_container_restart" != true ] && [ -n "$docker_containers" ] || return 0
  moved=$(moved_keys | tr '\n' ' ')
  [ -z "$moved" ] ||
    refuse "containers: those that run would be out of dockerd's sight, which would look for them elsewhere by another ${moved% }; nothing was touched; stop them first, or set allowContainerRestart: true for this host"
}

moved_keys() {
  setting_differs containerd /run/containerd/containerd.sock
  setting_differs containerd-namespace moby
  setting_differs exec-root /run/docker
  if setting_differs data-root /var/lib/docker >/dev/null; then
    info_root=$(info_field DockerRootDir | sed 's#/*$##')
    # With user namespaces it lies below the folder itself.
    info_folder=$(printf '%s\n' "$info_root" | sed -n 's#/[0-9]*\.[0-9]*$##p')
    case " $info_root $info_folder " in
    *" $desired_value "* | *" $(readlink -m "$root$desired_value") "*) ;;
    *) [ -z "$info_root" ] || echo data-root ;;
    esac
  fi
  if setting_differs storage-driver '' >/dev/null; then
    case ${desired_value:-overlay2} in "$(info_field Driver)") ;; *) echo storage-driver ;; esac
  fi
  if setting_differs userns-remap '' >/dev/null; then
    case $docker_json in *name=userns*) mapped=yes ;; *) mapped= ;; esac
    [ "$mapped" = "${desired_value:+yes}" ] || echo userns-remap
  fi
  if says_snapshotter "$root$daemon_json" && ! says_snapshotter "$run/tree$daemon_json"; then
    echo features.containerd-snapshotter
  fi
}

# setting_differs KEY DEFAULT: whether the wanted daemon.json says something else than the present one.
setting_differs() {
  present_value=$(json_field "$1" "$root$daemon_json" | sed 's#^/var/run/#/run/#; s#/*$##')
  desired_value=$(json_field "$1" "$run/tree$daemon_json" | sed 's#^/var/run/#/run/#; s#/*$##')
  desired_value=${desired_value:-$2}
  [ "${present_value:-$2}" != "$desired_value" ] && echo "$1"
}

says_snapshotter() { grep -Eq '"containerd-snapshotter"[[:space:]]*:[[:space:]]*true' "$1"; }

# no_container_orphaned: dockerd sees every container that it saw before, unless it has ended. It would not if it
# looked for them elsewhere, and they would run on with nobody to watch, stop or restart them.
no_container_orphaned() {
  [ "$allow_container_restart" != true ] || return 0
  docker_why="containers run that would be out of dockerd's sight: it would look for them elsewhere, as with another data-root or storage-driver; stop them first, or set allowContainerRestart: true"
  # One that somebody starts in this moment has a shim before dockerd lists it.
  tries=25
  while a_container_is_orphaned; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep 0.2
  done
}

# a_container_is_orphaned: its shim runs, and names it.
a_container_is_orphaned() {
  seen_containers=$(running_containers) || return 1
  shims=$(grep -lsaF -e containerd-shim "$root"/proc/[0-9]*/comm | sed 's/comm$/cmdline/')
  [ -n "$shims" ] || return 1
  for container in $(field "$state/previous/facts" containers) $docker_containers; do
    case " $seen_containers" in *" $container "*) ;; *) printf '%s\n' "$container" ;; esac
  done | {
    # shellcheck disable=SC2086 # a path for each shim
    grep -lsaF -f - $shims
  } | grep -q .
}
