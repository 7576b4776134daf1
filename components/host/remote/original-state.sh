# Back to the original state, for good: what a removal does.
# Reads: the original state, undo_run (the run whose undo.json counts). Sets: foreign, the digest of a
# daemon.json that others have edited.

# build_original_state: in $run. Where others edited daemon.json while the machine was ours, its text without our
# keys (undo.json, from an envelope) replaces the original one.
build_original_state() {
  step arrange-undo
  undo=$state/run-$undo_run
  find_paths "$state/original"
  for path in $paths; do
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
  cat "$undo/undo.json" >"$edited" && narrow "0$(stat -c %a "$edited")" &&
    chmod "$narrowed_mode" "$edited" || return 1
  if [ "$(field "$undo/undo.facts" live_restore)" = true ]; then return 0; fi
  cp "$undo/undo.keep.json" "$run/keep.json" && cp "$undo/undo.release.json" "$run/release.json"
}

snapshot_present() {
  step remember
  find_paths "$state/original"
  for path in $paths; do
    capture "$state/previous" "$path" || return 1
  done
  look_at_docker
  write_previous_facts && sync_states "$state/previous" || return 1
  foreign=$(digest "$root$daemon_json")
  case $foreign in "$(field "$state/record" daemon_json)" | "$(state_digest "$run")" | "$revised_from" | absent) foreign= ;; esac
  if [ -f "$state/pending" ] && grep -qxF "wrote=$foreign" "$state/pending"; then foreign=; fi
}

# write_previous_facts: an edited daemon.json came without a bridge. The original one's does: a reload has to
# accept it, no more.
write_previous_facts() {
  written=$state/run-$(field "$state/record" run)
  if [ "$(digest "$root$daemon_json")" = "$(field "$state/record" daemon_json)" ]; then
    write_facts "$state/previous" "$(field "$state/record" live_restore)" "$written/keep.json" "$written/release.json"
  elif says_true live-restore "$root$daemon_json"; then
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
  copy_exact "$root$daemon_json" "$root$kept$staged_mark-kept" && mv -fT "$root$kept$staged_mark-kept" "$root$kept" &&
    sync "$root/etc/docker"
}

switch_to_original() {
  stop_trying
  # Removing makes room: where only the previous state has none, it is staged once it is needed.
  stage_both undo || [ $? = 2 ] ||
    abort 'disk: the old files cannot be written beside the new ones; full or read-only; nothing was replaced; make room and run again'
  case $(read_unit && unit_value LoadState) in
  loaded) ;;
  *)
    # Docker has been uninstalled (or is masked): there are only files to restore.
    install_all "$run" undo exact || roll_back 'the old files cannot be put back'
    return 0
    ;;
  esac
  choose_bridge
  keep_containers
  if stays_stopped; then
    stop_onto "$run" undo || roll_back 'the old files cannot be put back'
  elif [ "$(field "$state/original/facts" answers)" = no ]; then
    # Its own configuration may not have the usual socket.
    restart_onto "$run" undo || { docker_is_active && no_container_orphaned; } || roll_back "$docker_why"
    install_exact_daemon_json "$run" undo
  else
    restart_onto "$run" undo || roll_back "$docker_why"
  fi
  restore_enabled "$state/original"
  start_dependents
}

# stays_stopped: docker did not run before the first touch, and no container needs it now.
stays_stopped() {
  [ "$(field "$state/original/facts" active)" != yes ] || return 1
  docker_is_active || return 0
  if docker_info; then ! containers_run yes; else ! containers_run no; fi
}

# finish_removal: the marks go first, so that a removal killed here has nothing left to undo.
finish_removal() {
  step forget
  transaction=recorded
  unstage "$state/original" "$run"
  remove_unused_socket
  remove_new_directories
  discard "$state/pending" && discard "$state/record" && sync "$state" && step forget-rest && rm -rf "$state"
  log "restored by $owner"
  end_run 0 "removed: the machine is as it was${foreign:+; the edited daemon.json is kept as /etc/docker/daemon.json.before-dockertls-removal}" ''
}
