# Opens the transaction, and closes it: the mark `pending` lies between the two.
# Reads: run, the states, ownership. Sets: transaction; inherited (whether a killed run left its mark).

# open_transaction OWNER UNDO_RUN: inherits a pending that an earlier, killed run left.
open_transaction() {
  step pending
  if [ -f "$state/pending" ]; then inherited=yes; else inherited=no; fi
  mark_pending "$1" "$2" || {
    [ $inherited = yes ] || rm -f "$state/pending"
    return 1
  }
  transaction=open
}

# mark_pending OWNER UNDO_RUN: from here on the machine counts as touched. `wrote` names every daemon.json that
# an interrupted run can leave behind, `socket` every place where dockerd may answer.
mark_pending() {
  {
    printf '%s\n' version=1 "run=$run_id" "owner=$1" "undo_run=$2"
    ownership_lines
    {
      [ ! -f "$state/pending" ] || grep -e '^wrote=' -e '^socket=' "$state/pending"
      [ -z "$socket" ] || echo "socket=$socket"
      # protect_by_reload may leave this,
      echo '{"live-restore": true}' >"$run/protect.json"
      # and fall_back these.
      recorded_documents=$state/run-$(field "$state/record" run)
      set -- "$run/protect.json" "$recorded_documents/daemon.json" "$recorded_documents/keep.json" "$recorded_documents/release.json"
      for wrote in "$run" "$state/previous" "$state/original"; do
        set -- "$@" "$wrote/keep.json" "$wrote/release.json"
        if in_manifest "$wrote" "file $daemon_json"; then set -- "$@" "$wrote/tree$daemon_json"; else echo wrote=absent; fi
      done
      sha256sum "$@" | while read -r wrote _; do echo "wrote=$wrote"; done
    } | sort -u
  } >"$state/pending.new" && commit_file "$state/pending"
}

# close_transaction: the machine is settled, by the record or, without one, as it was originally.
close_transaction() {
  step close-staged
  unstage "$state/previous" "$state/original"
  remove_new_directories
  if [ -f "$state/record" ]; then
    step close-original
    prune_original || return 1
  fi
  step close-pending
  rm -f "$state/pending" && sync "$state" || return 1
  step close-rest
  if [ ! -f "$state/record" ]; then
    rm -rf "$state/original"
    remove_unused_socket
  fi
  rm -rf "$state/previous"
  remove_old_runs
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
