# Gives the machine back as it was before the first touch: the same transaction, the other way.

remove() {
  begin
  need_root
  take_lock
  if [ ! -d "$state" ]; then end_run 0 'nothing to undo' ''; fi
  open_run
  receive
  restore_machine
}

# restore [--allow-container-restart]: the same by hand, where machine A is gone and its state with it. Whose
# machine it is, the machine says.
restore() {
  begin
  case ${1:-} in
  --allow-container-restart) allow_container_restart=true ;;
  ?*) end_run 64 '' "restore: $1 is no option of it; nothing was touched; the only one is --allow-container-restart" ;;
  esac
  need_root
  take_lock
  if [ ! -d "$state" ]; then end_run 0 'nothing to undo' ''; fi
  open_run
  owner=$(owner_of_machine)
  fencing_token=$(ownership_field claim)
  restore_machine
}

restore_machine() {
  # What others have in daemon.json, and which of ours is a secret, is not known here.
  hidden=true
  roll_back_advice="correct the machine's own configuration (kept in /var/lib/dockertls/original) and run again"
  check_belonging
  check_docker_socket
  build_original_state || refuse "$full_disk"
  snapshot_present || refuse "$full_disk"
  keep_foreign_edits || refuse "$full_disk"
  switch_to_original
  finish_removal
}

check_belonging() {
  step check-belonging
  remove_leftovers
  current_owner=$(owner_of_machine)
  if [ -z "$current_owner" ]; then
    # Runs that ended before they touched anything.
    rm -rf "$state"
    end_run 0 'nothing to undo' ''
  fi
  [ -n "$owner" ] || refuse 'envelope: set.owner is missing; nothing was touched; this is a fault of the program, report it'
  if [ "$current_owner" != "$owner" ]; then
    end_run 0 "left alone: this machine belongs to $(one_line "$current_owner" 200)" ''
  fi
  if has_later_token; then
    end_run 0 "left alone: $owner was converged on this machine again, at $(one_line "$(ownership_field address)" 200)" ''
  fi
  address_to_record=$(ownership_field address)
  token_to_record=$(ownership_field claim)
  [ -f "$state/original/manifest" ] ||
    refuse 'state: /var/lib/dockertls/original is gone; how the machine was before is not known any more; put the files right by hand, then remove /var/lib/dockertls'
  undo_run=$(field "$state/pending" undo_run)
  [ -n "$undo_run" ] || undo_run=$(field "$state/record" undo_run)
}

# build_original_state: the machine's own state in $run. Where others edited daemon.json in our time, its
# text without our keys came with an envelope (undo.json) and takes the place of the first one.
build_original_state() {
  step arrange-undo
  undo=$state/run-$undo_run
  for path in $(paths_of "$state/original"); do
    restore_original "$run" "$path" || return 1
  done
  if [ -f "$undo/undo.json" ]; then
    build_edited_original
  elif [ -f "$state/original/keep.json" ]; then
    cp "$state/original/keep.json" "$state/original/release.json" "$run"
  fi
}

build_edited_original() {
  edited=$run/tree$daemon_json
  if [ ! -f "$edited" ]; then
    directory_for "$edited" && cp "$undo/undo.json" "$edited" && chmod 0644 "$edited" || return 1
    sed "s#^absent \($daemon_json\)\$#file \1#" "$run/manifest" >"$run/manifest.edited" &&
      mv -fT "$run/manifest.edited" "$run/manifest" || return 1
  fi
  cat "$undo/undo.json" >"$edited" && chmod "$(narrowed "0$(stat -c %a "$edited")")" "$edited" || return 1
  if [ "$(field "$undo/undo.facts" live_restore)" = true ]; then return 0; fi
  cp "$undo/undo.keep.json" "$run/keep.json" && cp "$undo/undo.release.json" "$run/release.json"
}

snapshot_present() {
  step remember
  for path in $(paths_of "$state/original"); do
    capture "$state/previous" "$path" || return 1
  done
  look_at_docker
  write_previous_facts && sync_state "$state/previous" || return 1
  check_storage_moved
  foreign=$(digest "$root$daemon_json")
  case $foreign in "$(field "$state/record" daemon_json)" | "$(state_digest "$run")" | absent) foreign= ;; esac
  if [ -f "$state/pending" ] && grep -qxF "wrote=$foreign" "$state/pending"; then foreign=; fi
  open_transaction "$current_owner" "$undo_run"
}

# Somebody else's daemon.json came without variants; the machine's own do for it: they only have to
# be accepted by a reload.
write_previous_facts() {
  written=$state/run-$(field "$state/record" run)
  if [ "$(digest "$root$daemon_json")" = "$(field "$state/record" daemon_json)" ]; then
    write_facts "$state/previous" "$(field "$state/record" live_restore)" "$written/keep.json" "$written/release.json"
  elif grep -Eq '"live-restore"[[:space:]]*:[[:space:]]*true' "$root$daemon_json"; then
    write_facts "$state/previous" true
  elif [ -f "$run/keep.json" ]; then
    write_facts "$state/previous" false "$run/keep.json" "$run/release.json"
  else
    write_facts "$state/previous" false "$run/tree$daemon_json" "$run/tree$daemon_json"
  fi
}

keep_foreign_edits() {
  [ -n "$foreign" ] || return 0
  step keep-foreign-edits
  kept=/etc/docker/daemon.json.before-dockertls-removal
  stage_copy "$root$daemon_json" "$root$kept$staged_mark-kept" && mv -fT "$root$kept$staged_mark-kept" "$root$kept" &&
    sync "$root/etc/docker"
}

switch_to_original() {
  stop_trying
  # What is removed makes room: where only the way back has none, it is staged if it is needed.
  stage_both undo || [ $? = 2 ] ||
    abort 'disk: the old files cannot be written beside the new ones; full or read-only; nothing was replaced; make room and run again'
  case $(read_unit && unit_value LoadState) in
  loaded) ;;
  *)
    # Docker was uninstalled in the meantime (or is masked): the files are all there is.
    install_all "$run" undo exact || roll_back 'the old files cannot be put back'
    return 0
    ;;
  esac
  choose_bridge
  keep_containers
  if stays_stopped; then
    stop_onto "$run" undo || roll_back 'the old files cannot be put back'
  elif [ "$(field "$state/original/facts" answers)" = no ]; then
    # Its own configuration may never have had the usual socket.
    restart_onto "$run" undo || { docker_is_active && no_container_orphaned; } || roll_back "$docker_why"
    install_exact_daemon_json "$run" undo
  else
    restart_onto "$run" undo || roll_back "$docker_why"
  fi
  restore_enabled "$state/original"
}

# stays_stopped: docker did not run when we came, and no container needs it now.
stays_stopped() {
  [ "$(field "$state/original/facts" active)" != yes ] || return 1
  docker_is_active || return 0
  if docker_info; then ! containers_run yes; else ! containers_run no; fi
}

# finish_removal: the marks first, so that a removal killed here has nothing left to undo.
finish_removal() {
  step forget
  transaction=recorded
  unstage "$state/original" "$run"
  remove_unused_socket
  remove_new_directories "$state/previous"
  remove_new_directories "$state/original"
  rm -f "$state/pending" && rm -f "$state/record" && sync "$state" && step forget-rest && rm -rf "$state"
  log "given back by $owner"
  end_run 0 "removed: the machine is as it was${foreign:+; the edited daemon.json is kept as /etc/docker/daemon.json.before-dockertls-removal}" ''
}
