# The least that puts the desired state in effect. Decided on the machine, which alone knows what it runs on.
# Reads: the desired state, the record, the repair. Sets: effect: nothing, files (no word to dockerd),
# reload or restart.

effect=restart

# choose_effect: whatever is not certain is a restart.
choose_effect() {
  step compare
  effect=restart
  [ -f "$state/record" ] && [ ! -f "$state/pending" ] || return 0
  docker_runs_as_recorded && same_files_but_daemon_json || return 0
  if [ "$(field "$state/record" repair)" = "$repair" ]; then
    [ "$found" = "$(field "$state/record" daemon_json)" ] || return 0
    least=nothing
  else
    # Somebody has changed it: only the look knows what that takes, for the file that it saw.
    [ "$found" = "$repair_from" ] || return 0
    least=$repair_effect
  fi
  if [ "$desired_digest" != "$found" ]; then
    [ "$(field "$state/record" restart)" = "$restart" ] && nothing_sticks || return 0
    least=reload
  fi
  case $least in
  nothing) if files_are_right; then effect=nothing; else effect=files; fi ;;
  reload) effect=reload ;;
  esac
}

docker_runs_as_recorded() {
  docker_was_active && docker_info "$socket" && unit_says NeedDaemonReload=no && port_listens "$port"
}

# same_files_but_daemon_json: in content. When systemd starts dockerd again is of no concern to dockerd.
same_files_but_daemon_json() {
  same_paths=
  while read -r kind path; do
    case $kind:$path in
    *:"$daemon_json" | *:"$restart_drop_in") ;;
    file:*) [ -f "$root$path" ] && [ ! -L "$root$path" ] && same_paths="$same_paths .$path" || return 1 ;;
    absent:*) is_in_place "$run" "$path" || return 1 ;;
    esac
  done <"$run/manifest"
  is_same_below "$run" "$same_paths" sha256sum
}

# nothing_sticks: every key whose value dockerd would keep when it leaves the file is still in it.
nothing_sticks() { all_of "$(field "$state/record" sticky)" "$sticky"; }

# nothing_new_sticks: this run brings no key whose value dockerd keeps when it leaves the file.
nothing_new_sticks() { all_of "$sticky" "$(field "$state/record" sticky)"; }

# all_of WORDS WORDS: whether the second has all words of the first.
all_of() {
  for one_word in $1; do
    case " $2 " in *" $one_word "*) ;; *) return 1 ;; esac
  done
}

# files_are_right: in mode and owner, their content being right; and docker starts at boot.
files_are_right() {
  ! unit_says UnitFileState=disabled && is_in_place "$run" "$restart_drop_in" || return 1
  same_paths=
  while read -r kind path; do
    [ "$kind" != file ] || same_paths="$same_paths .$path"
  done <"$run/manifest"
  is_same_below "$run" "$same_paths" stat -c '%n %a %u %g'
}

# put_in_effect: on failure, docker_why says why.
put_in_effect() {
  case $effect in
  restart) restart_onto "$run" new "$port" "$socket" ;;
  reload) reload_onto "$run" new && live_restore_was_set && stays_healthy ;;
  files)
    docker_why='a file could not be put in place'
    install_all "$run" new exact && stays_healthy
    ;;
  esac
}

live_restore_was_set() {
  docker_why="live-restore is not $live_restore in dockerd"
  live_restore_is "$live_restore"
}
