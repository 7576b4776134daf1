# The desired state, in $run: files with their modes and owners.
# Reads: the envelope's files in $run/inbox, the original state. Sets: desired_digest, of its daemon.json.

# build_desired_state: the envelope's files, and the originals of those that earlier runs replaced and this one
# does not (other TLS files, the drop-in of another socket).
build_desired_state() {
  step arrange
  add_desired_files || refuse "$full_disk"
}

add_desired_files() {
  mkdir -p "$run/tree${daemon_json%/*}" "$run/tree${drop_in%/*}" ${ca_path:+"$run/tree${ca_path%/*}"} || return 1
  add_file "$run" daemon.json "$daemon_json" && add_file "$run" dropin.conf "$drop_in" &&
    add_file "$run" restart.conf "$restart_drop_in" || return 1
  if [ -f "$run/inbox/api.socket" ]; then
    add_file "$run" api.socket "$api_socket" && add_file "$run" api.service "$api_guard" || return 1
  fi
  [ ! -f "$run/inbox/socket.conf" ] || add_file "$run" socket.conf "$socket_drop_in" || return 1
  if [ -n "$ca_path" ]; then
    add_file "$run" ca.pem "$ca_path" && add_file "$run" cert.pem "$cert_path" &&
      add_file "$run" key.pem "$key_path" || return 1
  fi
  desired_digest=$(digest "$run/tree$daemon_json")
  find_paths "$state/original"
  for path in $paths; do
    in_manifest "$run" "file $path" || restore_original "$run" "$path" || return 1
  done
  if [ "$live_restore" != true ]; then
    cp "$run/inbox/daemon.keep.json" "$run/keep.json" &&
      cp "$run/inbox/daemon.release.json" "$run/release.json" || return 1
  fi
  cp "$run/inbox/base.json" "$run/inbox/current.json" "$run" && keep_undo
}

# keep_undo: what a removal restores as daemon.json, where that is not the original one.
keep_undo() {
  [ -f "$run/inbox/undo.json" ] || return 0
  cp "$run/inbox/undo.json" "$run" && echo "live_restore=$undo_live_restore" >"$run/undo.facts" || return 1
  [ "$undo_live_restore" = true ] || cp "$run/inbox/undo.keep.json" "$run/inbox/undo.release.json" "$run"
}

# add_file STATE NAME PATH: a file of the envelope.
add_file() {
  desired_file=$1/tree$3
  read -r file_mode <"$run/inbox/mode.$2"
  file_group=0
  if [ "$3" = "$daemon_json" ]; then
    keep_group "$file_mode"
    file_group=$kept_group file_mode=$narrowed_mode
  fi
  directory_for "$desired_file" && install -m "$file_mode" -o 0 -g "$file_group" "$run/inbox/$2" "$desired_file" &&
    echo "file $3" >>"$1/manifest"
}

# keep_group MODE: the group of daemon.json into kept_group. It stays, unless it is neither root's nor the original
# one and has more rights than everybody might have by this mode and the original one.
keep_group() {
  narrow "$1"
  first_group=0
  everybody=$((0$1 & 7))
  if [ -n "$first_rights" ]; then
    first_group=${first_rights#* }
    everybody=$((everybody & 0${first_rights% *}))
  fi
  kept_group=$first_group
  [ -n "$present_rights" ] || return 0
  kept_group=${present_rights#* }
  group_rights=$((0$narrowed_mode >> 3 & 7))
  if [ -f "$state/record" ] && [ "$kept_group" != 0 ] && [ $((group_rights & ~everybody)) != 0 ]; then
    kept_group=$first_group
  fi
}

# narrow MODE: into narrowed_mode, without the rights on daemon.json that others have withheld, now or before the
# first touch: what they have put in it may be a password.
narrow() {
  see_rights
  narrowed=$((0$1))
  for withheld_by in ${present_rights% *} ${first_rights% *}; do narrowed=$((narrowed & 0$withheld_by)); done
  narrowed_mode=0$((narrowed >> 6 & 7))$((narrowed >> 3 & 7))$((narrowed & 7))
}

# see_rights: mode and group of daemon.json, now and before the first touch; empty where there is none.
see_rights() {
  present_rights='' first_rights=''
  [ ! -f "$root$daemon_json" ] || present_rights=$(stat -c '%a %g' "$root$daemon_json")
  [ ! -f "$state/original/tree$daemon_json" ] || first_rights=$(stat -c '%a %g' "$state/original/tree$daemon_json")
}

# restore_original STATE PATH: PATH as it was before the first touch.
restore_original() {
  if in_manifest "$state/original" "file $2"; then
    directory_for "$1/tree$2" && cp -dp "$state/original/tree$2" "$1/tree$2" && echo "file $2" >>"$1/manifest"
  else
    echo "absent $2" >>"$1/manifest"
  fi
}
