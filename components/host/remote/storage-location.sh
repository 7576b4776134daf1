# A dockerd that looks for its containers elsewhere would orphan those that run: nobody could watch, stop
# or restart them.
# Reads: allow_container_restart, docker_json, docker_containers. Sets: docker_why.

# check_storage_moved: as far as dockerd's answer and the two files show it before the first touch. A dockerd
# with another containerd takes its containers for ended, and no rollback heals that.
check_storage_moved() {
  step check-home
  [ "$allow_container_restart" != true ] && [ -n "$docker_containers" ] || return 0
  moved=$(moved_keys | tr '\n' ' ')
  [ -z "$moved" ] ||
    refuse "containers: dockerd would lose track of the running containers, because ${moved% } moves its storage; nothing was touched; stop them first, or set allowContainerRestart: true for this host"
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
  if says_true containerd-snapshotter "$root$daemon_json" && ! says_true containerd-snapshotter "$run/tree$daemon_json"; then
    echo features.containerd-snapshotter
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
  tries=25
  while a_container_is_orphaned; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep 0.2
  done
}

# a_container_is_orphaned: its shim runs and names it, and dockerd does not list it.
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
