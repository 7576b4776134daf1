# Installs the staged files of a state, in an order in which dockerd can start after every single one, or at least
# never serves in plaintext.
# Sets: socket_moves, when the path on which systemd listens changes.

socket_moves=no

# install_all STATE LABEL bridge|exact: somebody else may restart dockerd after any single file. So hosts stand
# in daemon.json only while a drop-in without -H is loaded, and TLS files are there before, and until after,
# the daemon.json that names them.
install_all() {
  if daemon_json_comes_last "$1"; then
    install_tls_files "$1" "$2" file && install_units "$1" "$2" && install_daemon_json "$@" &&
      install_tls_files "$1" "$2" absent
  else
    install_tls_files "$1" "$2" file && install_daemon_json "$@" && install_units "$1" "$2" &&
      install_tls_files "$1" "$2" absent
  fi || return 1
  sync_directories "$1"
}

# daemon_json_comes_last STATE: TLS moves out of a daemon.json only once it is on the command line, unless what to
# listen on goes with it. In between dockerd has it in both and does not start.
daemon_json_comes_last() {
  in_manifest "$1" "file $drop_in" || return 1
  if grep -q '"hosts"' "$1/tree$daemon_json"; then return 0; fi
  grep -q '^Sockets=' "$1/tree$drop_in" && ! grep -q '"hosts"' "$root$daemon_json"
}

install_daemon_json() {
  if [ -f "$1/keep.json" ] && [ "$3" = bridge ]; then
    install_variant "$2" keep
  else
    install_file "$1" "$2" "$daemon_json"
  fi
}

# install_variant LABEL keep|release
install_variant() {
  step "$1-$2-daemon.json"
  mv -fT "$root$daemon_json$staged_mark-$1-$2" "$root$daemon_json"
}

# install_units: for a reload they are as they should be, and systemd would have to read all its units again. Our
# socket and its guard are there before, and until after, the drop-ins that name them.
install_units() {
  if [ "$effect" = reload ] && units_are_in_place "$1"; then return 0; fi
  release_port "$1" "$2"
  if in_manifest "$1" "file $api_socket"; then install_api_units "$1" "$2" || return 1; fi
  for other_drop_in in "$socket_drop_in" "$restart_drop_in"; do
    if names_path "$1" "$other_drop_in"; then install_file "$1" "$2" "$other_drop_in" || return 1; fi
  done
  install_file "$1" "$2" "$drop_in" || return 1
  if in_manifest "$1" "absent $api_socket"; then install_api_units "$1" "$2" || return 1; fi
  step "$2-daemon-reload"
  timeout 30 systemctl daemon-reload
}

install_api_units() { install_file "$1" "$2" "$api_guard" && install_file "$1" "$2" "$api_socket"; }

# release_port STATE LABEL: where our socket goes or changes. A dockerd that has it serves it until it stops; systemd
# starts the new one for the next.
release_port() {
  names_path "$1" "$api_socket" && { [ "$inherited" = yes ] || ! is_in_place "$1" "$api_socket"; } || return 0
  step "$2-release-port"
  timeout 30 systemctl stop dockertls-api.socket || :
}

# names_path STATE PATH: whether the state says anything of it.
names_path() { in_manifest "$1" "file $2" || in_manifest "$1" "absent $2"; }

install_tls_files() {
  while read -r kind path; do
    case $kind:$path in
    *:"$daemon_json" | *:"$drop_in" | *:"$socket_drop_in" | *:"$restart_drop_in" | *:"$api_socket" | *:"$api_guard") continue ;;
    "$3":*) ;;
    *) continue ;;
    esac
    install_file "$1" "$2" "$path" || return 1
  done <"$1/manifest"
}

# install_file STATE LABEL PATH: by rename; what the state does not have is removed.
install_file() {
  step "$2-place-${3##*/}"
  # systemd listens where docker.socket said when it was started, which may be before a killed run.
  if [ "$3" = "$socket_drop_in" ] && { [ "$inherited" = yes ] || ! is_in_place "$1" "$3"; }; then socket_moves=yes; fi
  if in_manifest "$1" "file $3"; then
    mv -fT "$root$3$staged_mark-$2" "$root$3"
  elif [ -e "$root$3" ] || [ -L "$root$3" ]; then
    rm -f "$root$3"
  fi
}

# units_are_in_place STATE: with mode and owner.
units_are_in_place() {
  our_units=
  for any_unit in "$drop_in" "$socket_drop_in" "$restart_drop_in" "$api_socket" "$api_guard"; do
    if in_manifest "$1" "file $any_unit" && [ -f "$root$any_unit" ] && [ ! -L "$root$any_unit" ]; then
      our_units="$our_units .$any_unit"
    else
      ! in_manifest "$1" "file $any_unit" && [ ! -e "$root$any_unit" ] && [ ! -L "$root$any_unit" ] || return 1
    fi
  done
  [ -z "$our_units" ] || { is_same_below "$1" "$our_units" sha256sum && is_same_below "$1" "$our_units" stat -c '%n %a %u %g'; }
}

# is_same_below STATE PATHS COMMAND...: whether the command says the same of these files, paths from the root on,
# in the state and in place.
is_same_below() {
  same_state=$1 same_paths=$2
  shift 2
  # shellcheck disable=SC2086 # plain paths
  [ "$(cd "$same_state/tree" && "$@" $same_paths)" = "$(cd "$root/" && "$@" $same_paths)" ]
}

# is_in_place STATE PATH
is_in_place() {
  if in_manifest "$1" "file $2"; then
    both_digests=$(sha256sum "$1/tree$2" "$root$2") || return 1
    first_digest=${both_digests%% *} second_digest=${both_digests#*"$new_line"}
    [ "$first_digest" = "${second_digest%% *}" ]
  else
    [ ! -e "$root$2" ]
  fi
}

# sync_directories STATE: makes the renames durable.
sync_directories() {
  synced_state=$1
  set --
  while read -r kind path; do
    if [ "$kind" != nodir ] && [ -d "$root${path%/*}" ]; then set -- "$@" "$root${path%/*}"; fi
  done <"$synced_state/manifest"
  [ $# -eq 0 ] || sync "$@"
}
