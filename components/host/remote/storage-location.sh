# A dockerd that looks for its images and containers elsewhere does not see those that are there: nobody could
# watch, stop or restart what runs.
# Reads: allow_container_restart, docker_answers, docker_json, docker_containers. Sets: docker_why.

# check_storage_moved: as far as dockerd's answer and the two files show it before the first touch. A dockerd
# with another containerd takes its containers for ended, and no rollback heals that.
check_storage_moved() {
  step check-home
  [ "$allow_container_restart" != true ] && [ "$docker_answers" = yes ] && names_storage || return 0
  if [ -n "$docker_containers" ]; then
    moved=$(moved_runtime | tr '\n' ' ')
    [ -z "$moved" ] ||
      refuse "containers: dockerd would lose track of the running containers, because ${moved% } moves its storage; nothing was touched; stop them first, or set allowContainerRestart: true for this host"
  fi
  in_sight=$(things_in_sight)
  [ -n "$in_sight" ] || return 0
  moved=$(moved_storage | tr '\n' ' ')
  [ -z "$moved" ] ||
    refuse "containers: $in_sight would be out of dockerd's sight, because ${moved% } moves its storage; nothing was touched; they come back when that is taken back: leave it as it is, or set allowContainerRestart: true for this host"
}

# things_in_sight: 3 images and 2 containers (1 running); nothing where dockerd has none.
things_in_sight() {
  images=$(info_count Images)
  containers=$(info_count Containers)
  running=$(($(info_count ContainersRunning) + $(info_count ContainersPaused)))
  case $images in 0) images= ;; 1) images='1 image' ;; *) images="$images images" ;; esac
  case $containers in 0) containers= ;; 1) containers='1 container' ;; *) containers="$containers containers" ;; esac
  printf '%s' "$images${images:+${containers:+ and }}$containers"
  [ "$running" = 0 ] || printf ' (%s running)' "$running"
}

# info_count KEY: a number at the top of dockerd's last answer, which comes before whatever else may have that name.
info_count() {
  case $docker_json in *"\"$1\":"*) counted=${docker_json#*"\"$1\":"} ;; *) counted= ;; esac
  number_of "${counted%%[!0-9]*}"
}

# names_storage: whether the present or the desired daemon.json says anything of it. Most don't.
names_storage() {
  grep -sEq '"(containerd|containerd-namespace|exec-root|data-root|storage-driver|userns-remap|containerd-snapshotter)"' \
    "$root$daemon_json" "$run/tree$daemon_json"
}

# moved_runtime: keys by which dockerd would lose what runs.
moved_runtime() {
  setting_differs containerd /run/containerd/containerd.sock
  setting_differs containerd-namespace moby
  setting_differs exec-root /run/docker
}

# moved_storage: keys by which it would lose all that is there.
moved_storage() {
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
  ! snapshotter_changes || echo features.containerd-snapshotter
}

# snapshotter_changes: whether images are kept by containerd, or are so no more. Without the key they are not,
# until dockerd 29 finds out for itself; before 24 it passes over the key.
snapshotter_changes() {
  snapshotter_version=$(info_field ServerVersion)
  snapshotter_version=$(number_of "${snapshotter_version%%.*}")
  [ "$snapshotter_version" -ge 24 ] || return 1
  case $docker_json in *io.containerd.snapshotter*) snapshotter_is=on ;; *) snapshotter_is=off ;; esac
  if says_true containerd-snapshotter "$run/tree$daemon_json"; then
    [ $snapshotter_is = off ]
  elif grep -q '"containerd-snapshotter"' "$run/tree$daemon_json"; then
    [ $snapshotter_is = on ]
  else
    [ $snapshotter_is = on ] && [ "$snapshotter_version" -lt 29 ] && says_true containerd-snapshotter "$root$daemon_json"
  fi
}

# setting_differs KEY DEFAULT: between the desired and the present daemon.json.
setting_differs() {
  present_value=$(json_field "$1" "$root$daemon_json" | sed 's#^/var/run/#/run/#; s#/*$##')
  desired_value=$(json_field "$1" "$run/tree$daemon_json" | sed 's#^/var/run/#/run/#; s#/*$##')
  desired_value=${desired_value:-$2}
  [ "${present_value:-$2}" != "$desired_value" ] && echo "$1"
}

# no_container_orphaned: dockerd sees every container that it saw before, unless it has ended.
no_container_orphaned() {
  [ "$allow_container_restart" != true ] || return 0
  docker_why="dockerd would lose track of the running containers, because its storage moved, as with another data-root or storage-driver; stop them first, or set allowContainerRestart: true"
  # A container that somebody starts just now has a shim before dockerd lists it.
  tries=$start_tries
  while a_container_is_orphaned; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep 0.2
  done
}

# a_container_is_orphaned: its shim runs and names it, and dockerd does not list it.
a_container_is_orphaned() {
  see_containers || return 1
  set --
  for container in $(field "$state/previous/facts" containers) $docker_containers; do
    case " $containers_seen" in *" $container "*) ;; *) set -- "$@" -e "$container" ;; esac
  done
  [ $# -gt 0 ] || return 1
  shims=$(grep -lsaF -e containerd-shim "$root"/proc/[0-9]*/comm)
  [ -n "$shims" ] || return 1
  set -- "$@" --
  for shim in $shims; do set -- "$@" "${shim%comm}cmdline"; done
  grep -qsaF "$@"
}
