# Makes the machine match: one transaction, under a lock. The design is in docs/architecture.md.

apply() {
  begin
  need_root
  take_lock
  open_run
  receive
  check_envelope
  check_owner
  check_docker
  check_docker_socket
  check_paths
  build_desired_state
  check_base
  choose_effect
  if [ "$effect" = nothing ]; then refresh_record; fi
  [ "$effect" != restart ] || check_port
  validate
  [ "$effect" != restart ] || check_found
  take_snapshots
  change
}

check_envelope() {
  step check-envelope
  [ -n "$owner" ] || missing_part owner
  [ -n "$base_sha" ] || missing_part base_sha
  need_received daemon.json dropin.conf socket.conf restart.conf
  # Empty where the machine has no daemon.json.
  [ -f "$run/inbox/base.json" ] || need_received base.json
  [ -f "$run/inbox/current.json" ] || need_received current.json
  [ "$live_restore" = true ] || need_received daemon.keep.json daemon.release.json
  [ "$current_live_restore" = true ] || need_received current.keep.json current.release.json
  case $owner$address in *[![:print:]]*) refuse 'owner: holds a control character; nothing was touched; rename the stack or host' ;; esac
  case $port in '' | *[!0-9]*) refuse 'port: not a number; nothing was touched; correct it' ;; esac
  check_plain_path socket "$socket"
  case $api in
  mutual-tls) ;;
  plain-tcp) return 0 ;;
  *) refuse "api: $api is none that this program knows; nothing was touched; this is a fault of the program, report it" ;;
  esac
  for path in "$ca_path" "$cert_path" "$key_path"; do check_plain_path tls.directory "$path"; done
  need_received ca.pem cert.pem key.pem
  case $(cat "$run/inbox/mode.key.pem") in
  0[0-7]00) ;;
  *) refuse 'envelope: key.pem would be readable to others; nothing was touched; this is a fault of the program, report it' ;;
  esac
}

# check_plain_path SETTING PATH: one that needs no quoting anywhere, and leads where it says.
check_plain_path() {
  case $2 in
  /*[!A-Za-z0-9._/-]* | */ | *//* | */../* | */.. | */./* | */. | [!/]* | '')
    refuse "$1: $2 is not a plain absolute path; nothing was touched; use letters, digits, dot, dash and underscore"
    ;;
  esac
}

need_received() {
  for name in "$@"; do
    [ -s "$run/inbox/$name" ] || missing_part "$name"
  done
}

missing_part() { refuse "envelope: $1 is missing; nothing was touched; this is a fault of the program, report it"; }

check_owner() {
  step check-owner
  remove_leftovers
  current_owner=$(owner_of_machine)
  if [ -n "$current_owner" ] && [ "$current_owner" != "$owner" ] && ! may_take_over; then
    refuse "owner: this machine belongs to $current_owner; $owner would take it away; destroy it there first, or set takeOver: true"
  fi
  if [ -f "$state/record" ] && [ ! -f "$state/original/manifest" ]; then
    refuse 'state: /var/lib/dockertls/original is gone; how the machine was before is not known any more; remove /var/lib/dockertls/record to adopt it as it is'
  fi
  take_ownership || refuse "$full_disk"
}

check_docker() {
  step check-docker
  read_unit
  load_state=$(unit_value LoadState)
  case $load_state in
  loaded) ;;
  masked) refuse 'docker.service: masked; dockerd cannot be started; nothing was touched; run systemctl unmask docker.service' ;;
  not-found) refuse 'docker: not installed; there is no docker.service; nothing was touched; install docker.io or docker-ce on the machine' ;;
  *) refuse "docker.service: systemd says LoadState=$load_state; nothing was touched; look at systemctl status docker.service" ;;
  esac
}

# check_paths: every target is a file of its own, on a way that only root can change.
check_paths() {
  step check-places
  if socket_is_taken; then
    refuse "$socket: is there, and no socket; dockerd would take it away; nothing was touched; choose another path in socket"
  fi
  find_open_path
  [ -z "$open_directory" ] ||
    refuse "$open_directory: somebody besides root can write in it, and it leads to $open_path; they could put a file of their own in its place; nothing was touched; chown it to root and chmod go-w it"
  for path in "$daemon_json" "$drop_in" "$socket_drop_in" "$restart_drop_in" ${ca_path:+"$ca_path" "$cert_path" "$key_path"}; do
    if [ -d "$root$path" ]; then
      refuse "$path: is a directory; a file belongs there; nothing was touched; move it away"
    fi
    parent=${path%/*}
    while [ -n "$parent" ] && [ ! -e "$root$parent" ]; do parent=${parent%/*}; done
    [ -d "$root$parent/" ] || refuse "$parent: is not a directory; nothing was touched; move it away or choose another tls.directory"
    [ -w "$root$parent/" ] || refuse "$parent: read-only; nothing was touched; remount it or choose another tls.directory"
  done
  for path in ${ca_path:+"$ca_path" "$cert_path" "$key_path"}; do
    ! is_foreign_file "$path" ||
      refuse "$path: is there, and is no certificate or key; somebody else needs it; nothing was touched; choose other tls.files or another tls.directory"
  done
  if [ -L "$root$daemon_json" ] || { [ -e "$root$daemon_json" ] && [ ! -f "$root$daemon_json" ]; }; then
    refuse 'daemon.json: not a regular file; replacing it would cut it off from what maintains it; nothing was touched; make /etc/docker/daemon.json a plain file'
  fi
}

# build_desired_state: the wanted state in $run: the envelope's files, and what earlier runs took (other TLS
# files, the drop-in of another socket) given back.
build_desired_state() {
  step arrange
  add_desired_files || refuse "$full_disk"
}

add_desired_files() {
  add_file "$run" daemon.json "$daemon_json" && add_file "$run" dropin.conf "$drop_in" &&
    add_file "$run" socket.conf "$socket_drop_in" && add_file "$run" restart.conf "$restart_drop_in" || return 1
  if [ -n "$ca_path" ]; then
    add_file "$run" ca.pem "$ca_path" && add_file "$run" cert.pem "$cert_path" &&
      add_file "$run" key.pem "$key_path" || return 1
  fi
  for path in $(paths_of "$state/original"); do
    in_manifest "$run" "file $path" || restore_original "$run" "$path" || return 1
  done
  if [ "$live_restore" != true ]; then
    cp "$run/inbox/daemon.keep.json" "$run/keep.json" &&
      cp "$run/inbox/daemon.release.json" "$run/release.json" || return 1
  fi
  cp "$run/inbox/base.json" "$run/inbox/current.json" "$run" || return 1
  [ -f "$run/inbox/undo.json" ] || return 0
  cp "$run/inbox/undo.json" "$run" && echo "live_restore=$undo_live_restore" >"$run/undo.facts" || return 1
  [ "$undo_live_restore" = true ] || cp "$run/inbox/undo.keep.json" "$run/inbox/undo.release.json" "$run"
}

# check_base: the merge must have started from what is there, or from what we put there.
check_base() {
  step check-base
  found=$(digest "$root$daemon_json")
  settled=$(settled_digest)
  case $base_sha in "$found" | "$settled") return 0 ;; esac
  if [ -f "$state/record" ]; then
    if [ "$settled" = "$(field "$state/record" daemon_json)" ]; then return 0; fi
    # Somebody removed it: what the last merge started from is what there is to start from.
    if [ "$settled" = absent ] && [ "$base_sha" = "$(field "$state/record" base_sha)" ]; then return 0; fi
  fi
  refuse 'daemon.json: changed on the machine since it was read; another hand is at work; nothing was touched; run pulumi up again'
}

check_port() {
  step check-port
  listener=$(foreign_listener "$port")
  if [ -n "$listener" ]; then
    refuse "port $port: $listener listens there; dockerd could not; nothing was touched; stop it or choose another port"
  fi
}

# validate: by dockerd itself, with the flags it will have. 20.10 can't; from 24 on it loads the TLS
# files, which are not in place yet.
validate() {
  step validate
  validate_command=$(sed -n 's/^ExecStart=[-@:+!]*\(..*\)$/\1/p' "$run/tree$drop_in" | tail -n 1)
  case $validate_command in *["\"'\\%;"]*) validate_command=${validate_command%% *} ;; esac
  validate_daemon=$root${validate_command%% *}
  [ -x "$validate_daemon" ] || return 0
  validate_flags=
  case $validate_command in *' '*) validate_flags=$(expand_flags "${validate_command#* }") ;; esac
  validate_paths=$(for path in $ca_path $cert_path $key_path; do
    printf 's#"%s"#"%s"#g\n' "$(escaped "$path")" "$(escaped "$run/tree$path")"
  done)
  sed "$validate_paths" "$run/tree$daemon_json" >"$run/validate.json" ||
    refuse "$full_disk"
  # shellcheck disable=SC2086 # systemd splits these flags at spaces, and so must we
  validate_said=$(set -f && timeout 20 "$validate_daemon" $validate_flags --validate --config-file "$run/validate.json" 2>&1) && return 0
  validate_status=$?
  case $validate_status:$validate_said in
  # 20.10 writes "Code: 125" and exits with 1.
  *'unknown flag: --validate'*) return 0 ;;
  124:*) return 0 ;;
  esac
  validate_said=$(printf '%s\n' "$validate_said" | grep -v -e '^$' -e 'level=warning' -e 'level=info' -e '^Warning' | head -n 1 |
    sed "s#$(escaped "$run/tree")##g; s#$(escaped "$run/validate.json")#$daemon_json#g")
  if [ "$hidden" = true ]; then
    validate_said='its reason may hold a secret and is not repeated'
  else
    validate_said=$(masked "$validate_said")
  fi
  end_run 20 '' "daemon.json: dockerd refuses it: $(one_line "$validate_said" 300); nothing was touched; correct the daemon keys in the configuration"
}

# check_found: a restart is about to show what is wrong with a daemon.json that others have written since
# dockerd started, and the way back would be a start on that same file. A running dockerd says it, too:
# it loses nothing when it refuses a reload. What only a start finds is left to fall_back.
check_found() {
  step check-found
  # What a killed run has left is not anybody's wish, and may lie beside a drop-in that it had not got to.
  [ ! -f "$state/pending" ] && [ "$found" != absent ] && [ "$found" != "$(field "$state/record" daemon_json)" ] && docker_was_active || return 0
  is_untried || return 0
  docker_info || return 0
  if reload_docker "$asked_socket"; then docker_refused=''; fi
  case $docker_refused in
  # Somebody may be about to change the unit as well, and a start would do.
  *'specified both as a flag'*) ;;
  # Only what it says of a configuration: its log has lines of other things.
  *onfigur* | *'may hold a secret'*)
    refuse "daemon.json: dockerd does not take the one that is there ($docker_refused), and is unlikely to start on it again; nothing was written; correct /etc/docker/daemon.json on the machine"
    ;;
  esac
}

# is_untried: whether the daemon.json that is there came after dockerd's start. The time of any change of it
# counts: one that was moved here keeps that of its content.
is_untried() {
  [ -f "$root$daemon_json" ] && [ "$(number_of "$(dockerd_start)")" -le "$(stat -c %Z "$root$daemon_json")" ]
}

escaped() { printf '%s' "$1" | sed 's/[].[*^$\\#&]/\\&/g'; }

# expand_flags WORDS: $NAME from the unit's environment, as far as it can be read; what it names
# otherwise is left out, and the start has the last word.
expand_flags() (
  set -f
  for word in $1; do
    case $word in
    '$'*)
      name=$(printf '%s' "$word" | tr -cd 'A-Za-z0-9_')
      for file in $(printf '%s\n' "$unit_show" | sed -n 's/^EnvironmentFiles=\([^ ]*\) .*/\1/p'); do
        [ ! -f "$root$file" ] || sed -n "s/^$name=//p" "$root$file"
      done | tail -n 1 | tr -d "\"'\\\\" | tr '\n' ' '
      ;;
    *) printf '%s ' "$word" ;;
    esac
  done
)

# take_snapshots: everything that is needed to go back, on the disk, before the first touch.
take_snapshots() {
  step remember
  snapshot_states || refuse "$full_disk"
  check_storage_moved
  open_transaction "$owner" "$run_id" || refuse "$full_disk"
}

snapshot_states() {
  if is_untried; then found_is_untried=yes; fi
  for path in $(paths_of "$run" "$state/original"); do
    capture "$state/original" "$path" && capture "$state/previous" "$path" || return 1
  done
  look_at_docker
  write_facts "$state/original" "$current_live_restore" "$run/inbox/current.keep.json" "$run/inbox/current.release.json" || return 1
  if [ -f "$state/record" ] && [ "$found" = "$(field "$state/record" daemon_json)" ]; then
    written=$state/run-$(field "$state/record" run)
    write_facts "$state/previous" "$(field "$state/record" live_restore)" "$written/keep.json" "$written/release.json"
  else
    write_facts "$state/previous" "$current_live_restore" "$run/inbox/current.keep.json" "$run/inbox/current.release.json"
  fi && sync_state "$state/original" && sync_state "$state/previous"
}

change() {
  stop_trying
  stage_both new ||
    abort 'disk: the new files cannot be written beside the old ones; full or read-only; nothing was replaced; make room and run again'
  choose_bridge
  [ "$effect" != restart ] || keep_containers
  put_in_effect || roll_back "$docker_why"
  enable_docker || roll_back 'docker.service cannot be enabled'
  record
}

# A machine whose docker does not start at boot would be unreachable after it.
enable_docker() {
  [ "$(unit_value UnitFileState)" = disabled ] || return 0
  step enable
  timeout 30 systemctl enable docker.service
}

record() {
  step record
  write_record || roll_back 'the record of the change cannot be written (disk full?)'
  transaction=recorded
  close_transaction
  remove_old_scripts
  case $effect in
  restart) done_what='restarted docker' ;;
  reload) done_what='reloaded docker' ;;
  files) done_what='put files right; docker needs no word of it' ;;
  esac
  log "configured for $owner; $done_what"
  end_run 0 "changed: $done_what" ''
}

# The documents that the record speaks of are on the disk before it.
write_record() {
  cp -p "$run/tree$daemon_json" "$run/daemon.json" && sync "$run"/*.json "$run" && record_lines | write_atomically "$state/record"
}

record_lines() {
  printf '%s\n' version=1 "run=$run_id" "undo_run=$run_id" "owner=$owner" \
    "restart=$restart" "sticky=$sticky" "daemon_json=$(digest "$run/tree$daemon_json")" "base_sha=$base_sha" "api=$api" \
    "files=$(sed -n 's/^file //p' "$run/manifest" | tr '\n' ' ')" "socket=$socket" "managed=$managed_keys" "repair=$repair" \
    "port=$port" "live_restore=$live_restore" "$(ownership_lines)"
}

# refresh_record: the machine is as wanted, but what is remembered of it may be of an earlier version.
refresh_record() {
  step keep-record
  if [ "$(record_lines | sed '/run=/d')" != "$(sed '/run=/d' "$state/record")" ] ||
    [ ! -f "$state/run-$(field "$state/record" run)/daemon.json" ]; then
    write_record || refuse "$full_disk"
    remove_old_runs
  fi
  remove_old_scripts
  end_run 0 'nothing to do' ''
}
