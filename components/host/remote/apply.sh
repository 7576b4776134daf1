# Makes the machine match: one transaction, under a lock. The rules are in docs/design.md.

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
  check_storage_moved
  check_taken_along
  check_health
  open_transaction "$owner" "$run_id" || refuse "$full_disk"
  change
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
