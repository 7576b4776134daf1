# What a removal is to restore, computed just before it: what others have changed in daemon.json since the last
# converge is in no envelope of that one, and there is no JSON tool here.
# Reads: the envelope: owner, fencing_token, base_sha (the daemon.json that the look saw), and undo.json, where that
# is not the original one. Sets: revised_from, the daemon.json that the revision in use was computed from.

revised_from=

revise() {
  begin
  need_root
  take_lock
  [ -f "$state/record" ] || end_run 0 'nothing to undo' ''
  open_run
  receive
  step revise
  if [ -f "$state/pending" ] || [ "$(owner_of_machine)" != "$owner" ] || has_later_token ||
    [ "$(digest "$root$daemon_json")" != "$base_sha" ]; then
    end_run 0 'left alone: this is not the machine that the look saw' ''
  fi
  { keep_undo && record_revision; } || refuse "$full_disk"
  end_run 0 'revised' ''
}

# record_revision: counts as long as daemon.json stays what it was computed from, and until the next converge.
record_revision() {
  step revise-record
  set -- "$run"/undo.*
  if [ ! -f "$1" ]; then set --; fi
  sync "$@" "$run" &&
    { grep -v '^revised_' "$state/record" && printf '%s\n' "revised_run=$run_id" "revised_from=$base_sha"; } >"$state/record.new" &&
    commit_file "$state/record"
}

# choose_undo_run: the run whose undo.json counts: that of a removal or a change that was cut off, or of the
# revision that still holds, or of the last converge.
choose_undo_run() {
  undo_run=$(field "$state/pending" undo_run)
  [ -z "$undo_run" ] || return 0
  revised_from=$(field "$state/record" revised_from)
  undo_run=$(field "$state/record" revised_run)
  [ -n "$undo_run" ] && [ "$(digest "$root$daemon_json")" = "$revised_from" ] || undo_run=$(field "$state/record" undo_run)
}
