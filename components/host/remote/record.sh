# The record of what was put in effect: written last, since it ends the transaction.
# Reads: the envelope, the desired state, effect.

record() {
  step record
  write_record || roll_back 'the record of the change cannot be written (disk full?)'
  transaction=recorded
  close_transaction
  remove_old_scripts
  case $effect in
  restart) done_what='restarted docker' ;;
  reload) done_what='reloaded docker' ;;
  files) done_what='corrected files; docker was not touched' ;;
  esac
  log "configured for $owner; $done_what"
  end_run 0 "changed: $done_what" ''
}

# write_record: the documents that the record speaks of are on the disk before it.
write_record() {
  cp -p "$run/tree$daemon_json" "$run/daemon.json" && sync "$run"/*.json "$run" &&
    record_lines >"$state/record.new" && commit_file "$state/record"
}

record_lines() {
  recorded_paths=
  while read -r kind path; do
    [ "$kind" != file ] || recorded_paths="$recorded_paths$path "
  done <"$run/manifest"
  printf '%s\n' version=1 "run=$run_id" "undo_run=$run_id" "owner=$owner" \
    "restart=$restart" "sticky=$sticky" "daemon_json=$desired_digest" "base_sha=$base_sha" "api=$api" \
    "files=$recorded_paths" "socket=$socket" "managed=$managed_keys" "repair=$repair" \
    "port=$port" "live_restore=$live_restore"
  ownership_lines
}

# refresh_record: the machine is as desired, but an earlier version may have written the record.
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
