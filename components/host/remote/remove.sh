# Restores the machine as it was before the first touch: the same transaction, the other way.

remove() {
  begin
  open_removal
  receive
  restore_machine
}

# restore [--allow-container-restart]: the same by hand, where machine A and its state are gone. The machine
# itself says whose it is.
restore() {
  begin
  case ${1:-} in
  --allow-container-restart) allow_container_restart=true ;;
  ?*) end_run 64 '' "restore: $1 is not an option; nothing was touched; the only one is --allow-container-restart" ;;
  esac
  open_removal
  owner=$(owner_of_machine)
  fencing_token=$(ownership_field claim)
  restore_machine
}

# open_removal: a machine without our folder was never touched.
open_removal() {
  need_root
  take_lock
  if [ ! -d "$state" ]; then end_run 0 'nothing to undo' ''; fi
  open_run
}

restore_machine() {
  # Which values in daemon.json are secrets is not known here.
  hidden=true
  roll_back_advice="correct the machine's own configuration (kept in /var/lib/dockertls/original) and run again"
  check_belonging
  read_unit
  check_docker_socket
  build_original_state || refuse "$full_disk"
  snapshot_present || refuse "$full_disk"
  check_storage_moved
  check_taken_along
  open_transaction "$current_owner" "$undo_run" || refuse "$full_disk"
  keep_foreign_edits || refuse "$full_disk"
  switch_to_original
  finish_removal
}
