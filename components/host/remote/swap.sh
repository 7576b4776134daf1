# Taking the machine from one state to another without losing a container or a file. Forwards, back
# after a failure, and back for good are the same walk with another destination.
#
# While it lasts, daemon.json on the disk says live-restore true, whichever state is due: a dockerd
# that starts with it off stops every running container, whoever started it.

# What lies beside a target and waits to take its place: TARGET.dockertls-LABEL.
staged_mark=.dockertls
previous_is_staged=no
# What puts the wanted state in effect: nothing, files, reload or restart (see effect.sh).
effect=restart
# Whether daemon.json says live-restore true on the way: bridge, or exact where no container can be kept.
via=bridge
# Whether dockerd has taken up a reload of this run.
reload_taken=no
# What became of a daemon.json of others on which dockerd does not run: see fall_back.
fallback_note=
# Whether the daemon.json that was found is one on which no dockerd has been started yet.
found_is_untried=no
roll_back_advice='correct the configuration and run again'

# add_file STATE NAME PATH: a file of the envelope becomes part of the wanted state.
add_file() {
  desired_file=$1/tree$3
  read -r file_mode <"$run/inbox/mode.$2"
  file_group=0
  if [ "$3" = "$daemon_json" ]; then
    file_mode=$(narrowed "$file_mode")
    file_group=$(kept_group "$file_mode")
  fi
  directory_for "$desired_file" && install -m "$file_mode" -o 0 -g "$file_group" "$run/inbox/$2" "$desired_file" &&
    echo "file $3" >>"$1/manifest"
}

# kept_group MODE: for daemon.json, the group that it has, unless that may do more by this mode than everybody,
# and had no such right before the first touch.
kept_group() {
  first_group=0
  [ ! -f "$state/original/tree$daemon_json" ] || first_group=$(stat -c %g "$state/original/tree$daemon_json")
  [ -f "$root$daemon_json" ] || {
    echo "$first_group"
    return 0
  }
  present_group=$(stat -c %g "$root$daemon_json")
  if [ -f "$state/record" ] && [ $(((0$1 >> 3) & 7 & ~(0$1 & 7))) != 0 ]; then present_group=$first_group; fi
  echo "$present_group"
}

# narrowed MODE: for daemon.json, without what the one that is there, or was there before the first
# touch, keeps from others: what they have put in it may be a password.
narrowed() {
  narrowed_mode=$1
  for narrowed_by in "$root$daemon_json" "$state/original/tree$daemon_json"; do
    [ ! -f "$narrowed_by" ] ||
      narrowed_mode=$(printf '%04o' "$((0$narrowed_mode & 0$(stat -c %a "$narrowed_by")))")
  done
  printf '%s\n' "$narrowed_mode"
}

# restore_original STATE PATH: PATH as it was before the first touch becomes part of the wanted state.
restore_original() {
  if in_manifest "$state/original" "file $2"; then
    directory_for "$1/tree$2" && cp -dp "$state/original/tree$2" "$1/tree$2" && echo "file $2" >>"$1/manifest"
  else
    echo "absent $2" >>"$1/manifest"
  fi
}

# stage STATE LABEL: everything that the state needs, beside its target and thus on its file system,
# final in mode and owner. A full disk shows here, before anything is replaced.
stage() {
  step "$2-stage"
  staged_state=$1 staged_label=$2
  set --
  while read -r kind path; do
    [ "$kind" = file ] || continue
    staged=$root$path$staged_mark-$staged_label
    make_directory "${path%/*}" && stage_copy "$staged_state/tree$path" "$staged" || return 1
    [ -L "$staged" ] || set -- "$@" "$staged"
  done <"$staged_state/manifest"
  for variant in keep release; do
    [ -f "$staged_state/$variant.json" ] || continue
    staged=$root$daemon_json$staged_mark-$staged_label-$variant
    make_directory "${daemon_json%/*}" &&
      stage_variant "$staged_state" "$staged_state/$variant.json" "$staged" || return 1
    set -- "$@" "$staged"
  done
  [ $# -eq 0 ] || sync "$@"
}

stage_copy() { cp -dp --remove-destination "$1" "$2"; }

# A variant stands in for the file, so it has its mode and owner.
stage_variant() {
  rm -f "$3" || return 1
  if in_manifest "$1" "file $daemon_json"; then cp -dp "$1/tree$daemon_json" "$3" || return 1; fi
  cat "$2" >"$3" && { in_manifest "$1" "file $daemon_json" || chmod 0644 "$3"; }
}

make_directory() {
  [ ! -d "$root$1" ] || return 0
  make_directory "${1%/*}" && mkdir -m 0755 "$root$1"
}

# unstage STATE...: what was staged and not used.
unstage() {
  paths_of "$@" | while read -r path; do
    rm -f "$root$path$staged_mark"-*
  done
  rm -f "$root$daemon_json$staged_mark"-*
}

# install_file STATE LABEL PATH: one file of the state under its final name, by rename.
install_file() {
  step "$2-place-${3##*/}"
  # systemd listens where docker.socket said when that was started, before a run that was killed maybe.
  if [ "$3" = "$socket_drop_in" ] && { [ "$inherited" = yes ] || ! is_in_place "$1" "$3"; }; then socket_moves=yes; fi
  if in_manifest "$1" "file $3"; then
    mv -fT "$root$3$staged_mark-$2" "$root$3"
  elif [ -e "$root$3" ] || [ -L "$root$3" ]; then
    rm -f "$root$3"
  fi
}

# is_in_place STATE PATH
is_in_place() {
  if in_manifest "$1" "file $2"; then
    [ "$(digest "$1/tree$2")" = "$(digest "$root$2")" ]
  else
    [ ! -e "$root$2" ]
  fi
}

# install_variant LABEL VARIANT
install_variant() {
  step "$1-$2-daemon.json"
  mv -fT "$root$daemon_json$staged_mark-$1-$2" "$root$daemon_json"
}

install_daemon_json() {
  if [ -f "$1/keep.json" ] && [ "$3" = bridge ]; then
    install_variant "$2" keep
  else
    install_file "$1" "$2" "$daemon_json"
  fi
}

install_drop_ins() {
  for other_drop_in in "$socket_drop_in" "$restart_drop_in"; do
    if in_manifest "$1" "file $other_drop_in" || in_manifest "$1" "absent $other_drop_in"; then
      install_file "$1" "$2" "$other_drop_in" || return 1
    fi
  done
  install_file "$1" "$2" "$drop_in" || return 1
  step "$2-daemon-reload"
  timeout 30 systemctl daemon-reload
}

# install_all STATE LABEL bridge|exact: in an order in which dockerd can start after each single step,
# were somebody else to restart it: hosts in daemon.json only while a drop-in without -H is loaded,
# and TLS files there before, and until after, the daemon.json that names them.
install_all() {
  if in_manifest "$1" "file $drop_in" && grep -q '"hosts"' "$1/tree$daemon_json"; then
    install_tls_files "$1" "$2" file && install_drop_ins "$1" "$2" && install_daemon_json "$@" &&
      install_tls_files "$1" "$2" absent
  else
    install_tls_files "$1" "$2" file && install_daemon_json "$@" && install_drop_ins "$1" "$2" &&
      install_tls_files "$1" "$2" absent
  fi || return 1
  sync_directories "$1"
}

install_tls_files() {
  while read -r kind path; do
    case $kind:$path in
    *:"$daemon_json" | *:"$drop_in" | *:"$socket_drop_in" | *:"$restart_drop_in") continue ;;
    "$3":*) ;;
    *) continue ;;
    esac
    install_file "$1" "$2" "$path" || return 1
  done <"$1/manifest"
}

# sync_directories STATE: the renames themselves.
sync_directories() {
  synced_state=$1
  set --
  while read -r kind path; do
    if [ "$kind" != nodir ] && [ -d "$root${path%/*}" ]; then set -- "$@" "$root${path%/*}"; fi
  done <"$synced_state/manifest"
  [ $# -eq 0 ] || sync "$@"
}

# remove_new_directories STATE: those that the state says did not exist, where nothing is in them.
remove_new_directories() {
  [ -f "$1/manifest" ] || return 0
  sed -n 's/^nodir //p' "$1/manifest" | sort -ru | while read -r path; do
    [ ! -d "$root$path" ] || rmdir "$root$path" || :
  done
}

# restart_onto STATE LABEL [PORT SOCKET]: the files of a staged state, and dockerd on them. On the way its variant
# with live-restore true is in place; the file itself comes once dockerd has been told otherwise.
restart_onto() {
  install_all "$1" "$2" "$via" || {
    docker_why='a file could not be put in place'
    return 1
  }
  step "$2-restart"
  restart_docker || return 1
  step "$2-assert"
  docker_serves "${3:-}" "${4:-}" || return 1
  [ "$2" = old ] || no_container_orphaned || return 1
  drop_bridge "$1" "$2"
}

drop_bridge() {
  if [ ! -f "$1/keep.json" ] || [ "$via" = exact ]; then return 0; fi
  if live_restore_is true; then
    install_variant "$2" release || return 1
    step "$2-release-reload"
    # Forwards the setting must take; on the way back the file matters more.
    reload_until false || [ "$2" != new ] || return 1
  fi
  install_file "$1" "$2" "$daemon_json"
}

# install_exact_daemon_json STATE LABEL: the end of restart_onto where dockerd can't be asked.
install_exact_daemon_json() { [ ! -f "$1/keep.json" ] || [ "$via" = exact ] || install_file "$1" "$2" "$daemon_json"; }

# reload_onto STATE LABEL: the files of a staged state that differs from what is there in daemon.json.
reload_onto() {
  docker_why='a file could not be put in place'
  install_all "$1" "$2" exact || return 1
  step "$2-reload"
  reload_docker "$socket" || return 1
  reload_taken=yes
  step "$2-reload-assert"
  docker_serves "$port" "$socket"
}

# stop_onto STATE LABEL: the files of a staged state on which docker was not running.
stop_onto() {
  install_all "$1" "$2" exact || return 1
  step "$2-stop"
  timeout -k 5 "$start_limit" systemctl stop docker.service
  systemctl reset-failed docker.service || :
  # A dockerd that listened by itself took the file of systemd's socket along, and it may have moved.
  if timeout 10 systemctl is-active docker.socket >/dev/null; then
    timeout 30 systemctl restart docker.socket || :
  fi
}

# restore_enabled STATE: whether docker starts at boot.
restore_enabled() {
  if [ "$(field "$1/facts" enabled)" = disabled ] && read_unit && [ "$(unit_value UnitFileState)" = enabled ]; then
    step disable
    timeout 30 systemctl disable docker.service
  fi
  :
}

# choose_bridge: before anything is placed, whatever puts it in effect: the way back may be a restart.
choose_bridge() { if in_swarm; then via=exact; fi; }

# stage_both LABEL: where we go and the way back, before the first step.
stage_both() {
  unstage "$state/previous" "$state/original"
  stage "$run" "$1" || return 1
  if stage "$state/previous" old; then
    previous_is_staged=yes
  else
    return 2
  fi
}

# abort MESSAGE: before anything was replaced. What an earlier, killed run left stays pending.
abort() {
  step give-up
  transaction=none
  if [ "$inherited" = yes ]; then
    unstage "$state/previous"
  else
    close_transaction
  fi
  end_run 10 '' "$1"
}

# restore_previous: to the last settled state. A dockerd that was not restarted needs no restart back, unless it
# would keep what it has just taken up.
restore_previous() {
  case $effect in
  reload)
    if docker_is_active && { [ "$reload_taken" = no ] || nothing_new_sticks; }; then
      if reload_onto "$state/previous" old; then return 0; fi
      # The file that was found is none that dockerd takes. It runs on as before, and a start on that
      # file would end it.
      if [ "$reload_taken" = no ] && is_in_place "$state/previous" "$daemon_json" && docker_serves '' "$socket"; then
        fallback_note="; it does not take the daemon.json that was found either, and would not start on it (${docker_refused:-it does not say why}): correct /etc/docker/daemon.json on the machine"
        return 0
      fi
    fi
    ;;
  files) if install_all "$state/previous" old exact && docker_is_active; then return 0; fi ;;
  esac
  if [ "$effect" != restart ]; then
    # What was tried may have used up what was staged.
    may_restart && stage "$state/previous" old || return 1
  fi
  if [ "$(field "$state/previous/facts" active)" != yes ]; then
    stop_onto "$state/previous" old
  elif restart_onto "$state/previous" old; then
    :
  elif [ "$(field "$state/previous/facts" answers)" != yes ] && docker_is_active; then
    install_exact_daemon_json "$state/previous" old
  else
    fall_back
  fi
}

# fall_back: dockerd does not start on the daemon.json that was found either, which others have changed
# since this program wrote it, and on which no dockerd has run. It starts on the one that was written; theirs
# is put aside. Where it does not start on that one either, the reason is another, and theirs stays.
fall_back() {
  written=$state/run-$(field "$state/record" run)
  fallen_from=$(state_digest "$state/previous")
  [ "$found_is_untried" = yes ] && [ -f "$written/daemon.json" ] &&
    [ "$fallen_from" != "$(field "$state/record" daemon_json)" ] || return 1
  case $docker_why in *'address already in use'*) return 1 ;; esac
  step fall-back
  fallen_why=$docker_why
  if ! { install_fallback "$written" keep && restart_docker && docker_serves && no_container_orphaned; }; then
    docker_why=$fallen_why
    step fall-back-undo
    if [ "$fallen_from" = absent ]; then rm -f "$root$daemon_json"; else install_fallback "$state/previous" keep; fi
    return 1
  fi
  if [ "$fallen_from" != absent ]; then
    put_aside=$root$daemon_json.refused
    stage_copy "$state/previous/tree$daemon_json" "$put_aside$staged_mark-aside" && mv -fT "$put_aside$staged_mark-aside" "$put_aside" || return 1
  fi
  if [ -f "$written/keep.json" ] && [ "$via" = bridge ]; then
    step fall-back-release
    { ! live_restore_is true || { install_fallback "$written" release && reload_until false; }; } &&
      install_fallback "$written" exact || return 1
  fi
  fallback_note="; nor does it start on the daemon.json that was found ($fallen_why), which lies in /etc/docker/daemon.json.refused now: it runs on the one that this program wrote last"
}

# install_fallback FOLDER keep|release|exact: the daemon.json of a run or of a state, or its variant.
install_fallback() {
  fallback_of=$1/daemon.json
  [ -f "$fallback_of" ] || fallback_of=$1/tree$daemon_json
  fallback=$1/$2.json
  if [ ! -f "$fallback" ] || [ "$via" = exact ]; then fallback=$fallback_of; fi
  staged=$root$daemon_json$staged_mark-fallback
  stage_copy "$fallback_of" "$staged" && cat "$fallback" >"$staged" && sync "$staged" &&
    mv -fT "$staged" "$root$daemon_json"
}

# nothing_new_sticks: no key came with this run whose value dockerd keeps when it leaves the file.
nothing_new_sticks() { all_of "$sticky" "$(field "$state/record" sticky)"; }

# all_of WORDS WORDS: whether all of the first are among the second.
all_of() {
  for one_word in $1; do
    case " $2 " in *" $one_word "*) ;; *) return 1 ;; esac
  done
}

# roll_back WHY: ends the run.
roll_back() {
  transaction=rolling-back
  step roll-back
  # Staged already, as a rule: a disk that filled up in the meantime must not stop the way back.
  [ "$previous_is_staged" = yes ] || stage "$state/previous" old
  if restore_previous; then
    restore_enabled "$state/previous"
    close_transaction
    log "rolled back: $1$fallback_note"
    end_run 30 '' "daemon: $1; rolled back, $(serving)$fallback_note; $roll_back_advice"
  fi
  log "rollback failed: $1; $docker_why"
  rollback_why=$docker_why
  if keep_trying; then
    rollback_why="$rollback_why; systemd starts dockerd again every few seconds, so it comes back once that is gone"
  fi
  end_run 40 '' "daemon: $1; the rollback failed too: $rollback_why; look at journalctl -u docker on the machine and run again"
}

serving() {
  if docker_is_active; then
    echo 'the old configuration serves'
  else
    echo 'docker is stopped as it was before'
  fi
}
