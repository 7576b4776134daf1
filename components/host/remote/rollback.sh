# Back to the previous state after a failure.
# Reads: effect, the previous state, found_is_untried. Sets: fallback_note, where daemon.json is not the
# one that was found.

fallback_note=
# What the line that tells of it begins with.
failed_at=daemon
roll_back_advice='correct the configuration and run again'

# roll_back WHY: ends the run.
roll_back() {
  transaction=rolling-back
  step roll-back
  # Staged already, as a rule: a disk that has filled up since must not stop the rollback.
  [ "$previous_is_staged" = yes ] || stage "$state/previous" old
  if restore_previous; then
    restore_enabled "$state/previous"
    start_dependents
    close_transaction
    log "rolled back: $1$fallback_note"
    end_run 30 '' "$failed_at: $1; rolled back, $(serving)$fallback_note; $roll_back_advice"
  fi
  log "rollback failed: $1; $docker_why"
  rollback_why=$docker_why
  if keep_trying; then
    rollback_why="$rollback_why; systemd starts dockerd again every few seconds, so it comes back once the cause is gone"
  fi
  end_run 40 '' "$failed_at: $1; the rollback failed too: $rollback_why; look at journalctl -u docker on the machine and run again"
}

# restore_previous: a dockerd that was not restarted needs no restart back, unless it would keep what it has
# just taken up.
restore_previous() {
  case $effect in
  reload)
    if docker_is_active && { [ "$reload_taken" = no ] || nothing_new_sticks; }; then
      if reload_onto "$state/previous" old; then return 0; fi
      # dockerd does not take the file that was found, and runs on as before. A start on that file would end it.
      if [ "$reload_taken" = no ] && is_in_place "$state/previous" "$daemon_json" && docker_serves '' "$socket"; then
        fallback_note="; it does not take the daemon.json that was found either, and would not start on it (${docker_refused:-it does not say why}): correct /etc/docker/daemon.json on the machine"
        return 0
      fi
    fi
    ;;
  files) if install_all "$state/previous" old exact && docker_is_active; then return 0; fi ;;
  esac
  if [ "$effect" != restart ]; then
    # The attempt may have used up what was staged.
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

# fall_back: dockerd does not start on the daemon.json that was found either; others have changed it since this
# program wrote it, and no dockerd has run on it. So dockerd starts on the one that was written, and theirs is put
# aside. Where it does not start on that one either, the cause is another, and theirs stays.
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
    copy_exact "$state/previous/tree$daemon_json" "$put_aside$staged_mark-aside" && mv -fT "$put_aside$staged_mark-aside" "$put_aside" || return 1
  fi
  if [ -f "$written/keep.json" ] && [ "$via" = bridge ]; then
    step fall-back-release
    { ! live_restore_is true || { install_fallback "$written" release && reload_until false; }; } &&
      install_fallback "$written" exact || return 1
  fi
  fallback_note="; nor does it start on the daemon.json that was found ($fallen_why), which lies in /etc/docker/daemon.json.refused now: it runs on the one that this program wrote last"
}

# install_fallback FOLDER keep|release|exact: the daemon.json of a run or a state, or its variant.
install_fallback() {
  fallback_of=$1/daemon.json
  [ -f "$fallback_of" ] || fallback_of=$1/tree$daemon_json
  fallback=$1/$2.json
  if [ ! -f "$fallback" ] || [ "$via" = exact ]; then fallback=$fallback_of; fi
  staged=$root$daemon_json$staged_mark-fallback
  copy_like "$fallback_of" "$fallback" "$staged" && sync "$staged" && mv -fT "$staged" "$root$daemon_json"
}

serving() {
  if docker_is_active; then
    echo 'the old configuration serves'
  else
    echo 'docker is stopped as it was before'
  fi
}
