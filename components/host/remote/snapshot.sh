# Keeps the machine as it is: the original state, once and for good, and the previous state of this run.
# Reads: the paths of the desired state. Sets: docker_active, docker_answers, docker_enabled,
# docker_containers (what dockerd runs), dependents; found_is_untried.

# Whether no dockerd has been started yet on the daemon.json that was found; empty until that was looked up.
found_is_untried=''

# take_snapshots: everything that a rollback needs, on the disk before the first touch.
take_snapshots() {
  step remember
  snapshot_states || refuse "$full_disk"
}

snapshot_states() {
  see_untried
  find_paths "$run" "$state/original"
  for path in $paths; do
    capture "$state/original" "$path" && capture "$state/previous" "$path" || return 1
  done
  look_at_docker
  write_facts "$state/original" "$current_live_restore" "$run/inbox/current.keep.json" "$run/inbox/current.release.json" || return 1
  if [ -f "$state/record" ] && [ "$found" = "$(field "$state/record" daemon_json)" ]; then
    written=$state/run-$(field "$state/record" run)
    write_facts "$state/previous" "$(field "$state/record" live_restore)" "$written/keep.json" "$written/release.json"
  else
    write_facts "$state/previous" "$current_live_restore" "$run/inbox/current.keep.json" "$run/inbox/current.release.json"
  fi && sync_states "$state/original" "$state/previous"
}

# capture STATE PATH: PATH as it is now, unless the state has it already. The line comes after the copy, so a
# kill in between leaves no half entry.
capture() {
  if names_path "$1" "$2"; then return 0; fi
  if [ -e "$root$2" ] || [ -L "$root$2" ]; then kept_as=file kept_in=$1/tree${2%/*}; else kept_as=absent kept_in=$1; fi
  [ -d "$kept_in" ] || mkdir -p "$kept_in" || return 1
  capture_missing_directories "$1" "${2%/*}" || return 1
  [ $kept_as = absent ] || copy_exact "$root$2" "$1/tree$2" || return 1
  echo "$kept_as $2" >>"$1/manifest"
}

capture_missing_directories() {
  missing=$2
  while [ -n "$missing" ] && [ ! -d "$root$missing" ]; do
    in_manifest "$1" "nodir $missing" || echo "nodir $missing" >>"$1/manifest" || return 1
    missing=${missing%/*}
  done
}

look_at_docker() {
  read_unit
  see_processes
  find_dependents "$unit_show"
  # docker.socket restarts as well where its drop-in comes or goes.
  is_in_place "$run" "$socket_drop_in" || follow_ties "$socket_show"
  docker_active=no
  docker_answers=no
  docker_containers=
  docker_enabled=$(unit_value UnitFileState)
  docker_was_active || return 0
  docker_active=yes
  # It may have just been asked.
  [ -n "$asked_socket" ] || docker_info || return 0
  docker_answers=yes
  ! see_containers || docker_containers=$containers_seen
}

# write_facts STATE LIVE_RESTORE [KEEP RELEASE]: what docker is doing, what the state's daemon.json says of
# live-restore, and its bridge. Facts are taken once.
write_facts() {
  [ ! -f "$1/facts" ] || return 0
  [ -d "$1" ] || mkdir -p "$1" || return 1
  if [ "$2" != true ]; then
    cp "$3" "$1/keep.json" && cp "$4" "$1/release.json" || return 1
  fi
  printf '%s\n' "live_restore=$2" "active=$docker_active" "answers=$docker_answers" \
    "enabled=$docker_enabled" "sockets=$asked_socket $present_sockets" "containers=$docker_containers" "dependents=$(dependent_units ' ')" \
    >"$1/facts.new" && mv -fT "$1/facts.new" "$1/facts"
}

# says_true KEY FILE: a daemon.json.
says_true() { grep -Eq "\"$1\"[[:space:]]*:[[:space:]]*true" "$2"; }

# see_untried: whether daemon.json came after dockerd's start. The time of any change counts: a file that was
# moved here keeps the time of its content.
see_untried() {
  [ -z "$found_is_untried" ] || return 0
  found_is_untried=no
  [ -f "$root$daemon_json" ] || return 0
  untried_since=$(dockerd_start || :)
  case $untried_since in *[!0-9]*) untried_since=0 ;; esac
  [ "${untried_since:-0}" -gt "$(stat -c %Z "$root$daemon_json")" ] || found_is_untried=yes
}

# sync_states STATE...: before a pending makes them count.
sync_states() {
  for synced_state; do
    shift
    set -- "$@" "$synced_state" "$synced_state/manifest" "$synced_state/facts"
    while read -r kind path; do
      if [ "$kind" = file ] && [ ! -L "$synced_state/tree$path" ]; then set -- "$@" "$synced_state/tree$path"; fi
    done <"$synced_state/manifest"
    for variant in keep release; do
      [ ! -f "$synced_state/$variant.json" ] || set -- "$@" "$synced_state/$variant.json"
    done
  done
  sync "$@"
}
