# What this product remembers on the machine, below /var/lib/dockertls.
#
#   record     who owns the machine and what was last put in effect; written last, atomically
#   pending    a transaction is open: written before the first touch, removed after the record
#   run-ID/    what one run wants (named by record or pending); anything else there is garbage
#   original/  the machine before the first touch; valid while there is a record or a pending
#   previous/  the last settled state; valid while there is a pending
#
# original, previous and run-ID are "states": a manifest with a line per path, `file PATH` (its
# copy, with mode and owner, in tree/PATH), `absent PATH`, or `nodir PATH` for a directory that did
# not exist; `facts` with key=value; and keep.json and release.json, the state's daemon.json with
# live-restore true and false, needed when the file itself does not say true.

# field FILE KEY
field() {
  [ -f "$1" ] || return 0
  while IFS= read -r field_line; do
    case $field_line in
    "$2="*)
      printf '%s\n' "${field_line#*=}"
      return 0
      ;;
    esac
  done <"$1"
}

# write_atomically FILE: stdin becomes the file, all of it or nothing, on the disk before it counts.
write_atomically() {
  cat >"$1.new" && sync "$1.new" && mv -fT "$1.new" "$1" && sync "${1%/*}"
}

digest() {
  [ -e "$1" ] || {
    echo absent
    return 0
  }
  digest_line=$(sha256sum <"$1") || return 1
  printf '%s\n' "${digest_line%% *}"
}

# in_manifest STATE LINE. In the shell itself, as field is: asked often, and a process costs more.
in_manifest() {
  [ -f "$1/manifest" ] || return 1
  while IFS= read -r manifest_line; do
    [ "$manifest_line" != "$2" ] || return 0
  done <"$1/manifest"
  return 1
}

directory_for() { [ -d "${1%/*}" ] || mkdir -p "${1%/*}"; }

# paths_of STATE...: every file path that the states speak of, once.
paths_of() {
  for paths_state in "$@"; do
    [ ! -f "$paths_state/manifest" ] || sed -n 's/^\(file\|absent\) //p' "$paths_state/manifest"
  done | sort -u
}

# capture STATE PATH: PATH as it is now. What the state already holds is kept. The line comes after
# the copy, so a kill in between leaves no half entry.
capture() {
  if in_manifest "$1" "file $2" || in_manifest "$1" "absent $2"; then return 0; fi
  capture_missing_directories "$1" "${2%/*}" || return 1
  if [ -e "$root$2" ] || [ -L "$root$2" ]; then
    directory_for "$1/tree$2" && rm -f "$1/tree$2" && cp -dp "$root$2" "$1/tree$2" &&
      echo "file $2" >>"$1/manifest"
  else
    echo "absent $2" >>"$1/manifest"
  fi
}

# sync_state STATE: before a pending makes it count.
sync_state() {
  synced_state=$1
  set -- "$synced_state" "$synced_state/manifest"
  while read -r kind path; do
    if [ "$kind" = file ] && [ ! -L "$synced_state/tree$path" ]; then set -- "$@" "$synced_state/tree$path"; fi
  done <"$synced_state/manifest"
  for variant in keep release; do
    [ ! -f "$synced_state/$variant.json" ] || set -- "$@" "$synced_state/$variant.json"
  done
  sync "$@"
}

capture_missing_directories() {
  missing=$2
  [ -d "$1" ] || mkdir -p "$1" || return 1
  while [ -n "$missing" ] && [ ! -d "$root$missing" ]; do
    in_manifest "$1" "nodir $missing" || echo "nodir $missing" >>"$1/manifest" || return 1
    missing=${missing%/*}
  done
}

# state_digest STATE: of its daemon.json.
state_digest() {
  if in_manifest "$1" "file $daemon_json"; then digest "$1/tree$daemon_json"; else echo absent; fi
}

# settled_digest: of daemon.json as it was when the last run ended, or as somebody changed it since:
# what a killed run left there is not anybody's wish.
settled_digest() {
  settled=$(digest "$root$daemon_json")
  if [ -f "$state/pending" ] && grep -qxF "wrote=$settled" "$state/pending"; then
    settled=$(state_digest "$state/previous")
  fi
  printf '%s\n' "$settled"
}

# remove_leftovers: of runs that were killed before they touched anything, or after they were done.
remove_leftovers() {
  if [ -f "$state/pending" ] && [ "$(field "$state/pending" run)" = "$(field "$state/record" run)" ]; then
    close_transaction
  elif [ -f "$state/record" ] && [ ! -f "$state/pending" ] && [ -f "$state/original/manifest" ]; then
    prune_original
  fi
  [ -f "$state/pending" ] || rm -rf "$state/previous"
  [ -f "$state/pending" ] || [ -f "$state/record" ] || rm -rf "$state/original"
  remove_old_runs
  rm -f "$state/record.new" "$state/pending.new"
}

remove_old_runs() {
  recorded_run=$(field "$state/record" run)
  pending_run=$(field "$state/pending" run)
  pending_undo=$(field "$state/pending" undo_run)
  for leftover in "$state"/run-*; do
    case ${leftover##*/run-} in
    "$run_id" | "$recorded_run" | "$pending_run" | "$pending_undo") ;;
    *) rm -rf "$leftover" ;;
    esac
  done
  # Of a run that is settled only the documents are wanted: a private key needs no second home.
  if [ -n "$recorded_run" ] && [ "$recorded_run" != "$pending_run" ]; then
    for leftover in tree manifest found inbox pending validate.json; do
      rm -rf "$state/run-$recorded_run/$leftover"
    done
  fi
}

# write_facts STATE: what docker was doing, and how to restart it on this state's daemon.json:
# LIVE_RESTORE is what that file says, KEEP and RELEASE its two variants.
write_facts() {
  [ ! -f "$1/facts" ] || return 0
  mkdir -p "$1" || return 1
  if [ "$2" != true ]; then
    cp "$3" "$1/keep.json" && cp "$4" "$1/release.json" || return 1
  fi
  printf '%s\n' "live_restore=$2" "active=$docker_active" "answers=$docker_answers" \
    "enabled=$docker_enabled" "sockets=$asked_socket $present_sockets" "containers=$docker_containers" | write_atomically "$1/facts"
}

# mark_pending OWNER UNDO_RUN: from here on the machine counts as touched. `wrote` names every
# daemon.json that an interrupted run can leave behind, `socket` every place that dockerd can be asked.
mark_pending() {
  {
    printf '%s\n' version=1 "run=$run_id" "owner=$1" "undo_run=$2"
    ownership_lines
    {
      [ ! -f "$state/pending" ] || grep -e '^wrote=' -e '^socket=' "$state/pending"
      [ -z "$socket" ] || echo "socket=$socket"
      # What protect_by_reload may leave.
      printf '%s\n' '{"live-restore": true}' | sha256sum | sed 's/ .*//; s/^/wrote=/'
      # What fall_back may leave.
      recorded_documents=$state/run-$(field "$state/record" run)
      for wrote in daemon keep release; do
        [ ! -f "$recorded_documents/$wrote.json" ] || echo "wrote=$(digest "$recorded_documents/$wrote.json")"
      done
      for wrote in "$run" "$state/previous" "$state/original"; do
        echo "wrote=$(state_digest "$wrote")"
        [ ! -f "$wrote/keep.json" ] || echo "wrote=$(digest "$wrote/keep.json")"
        [ ! -f "$wrote/release.json" ] || echo "wrote=$(digest "$wrote/release.json")"
      done
    } | sort -u
  } >"$run/pending" && write_atomically "$state/pending" <"$run/pending"
}

# open_transaction OWNER UNDO_RUN: a pending that an earlier, killed run left is inherited.
open_transaction() {
  step pending
  if [ -f "$state/pending" ]; then inherited=yes; else inherited=no; fi
  mark_pending "$1" "$2" || {
    [ $inherited = yes ] || rm -f "$state/pending"
    return 1
  }
  transaction=open
}

# close_transaction: the machine is settled, on what the record says or, without one, on its own.
close_transaction() {
  step close-staged
  unstage "$state/previous" "$state/original"
  remove_new_directories "$state/previous"
  remove_new_directories "$state/original"
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

# remove_unused_socket: what systemd made where nobody looks; it leaves the file of a socket that moves.
remove_unused_socket() {
  [ ! -e "$root$socket_drop_in" ] || return 0
  rm -f "$root$unused_socket"
  for forgotten in $socket $(field "$state/record" socket); do
    case $forgotten in /run/*/* | /var/run/*/*) rmdir "$root${forgotten%/*}" || : ;; esac
  done
}

# recorded_files: every path that is ours as the record says. Its first version named a directory.
recorded_files() {
  recorded=$(field "$state/record" files)
  if [ -z "$recorded" ]; then
    recorded=$(field "$state/record" directory)
    recorded="$daemon_json $drop_in $recorded/ca.pem $recorded/cert.pem $recorded/key.pem"
  fi
  printf '%s\n' "$recorded"
}

# prune_original: paths that were given back (earlier TLS files, say), or that a run was killed
# before it touched them, are not ours; taken some day, they must be captured anew.
prune_original() {
  ours=" $(recorded_files) "
  pruned=no
  while read -r kind path; do
    case $kind:$ours in
    nodir:*" $path/"* | file:*" $path "* | absent:*" $path "*) echo "$kind $path" ;;
    *) pruned=yes ;;
    esac
  done <"$state/original/manifest" >"$state/original/manifest.kept" || return 1
  if [ $pruned = no ]; then
    rm -f "$state/original/manifest.kept"
    return 0
  fi
  paths_of "$state/original" >"$state/original/paths.before" || return 1
  write_atomically "$state/original/manifest" <"$state/original/manifest.kept" || return 1
  while read -r path; do
    in_manifest "$state/original" "file $path" || rm -f "$state/original/tree$path"
  done <"$state/original/paths.before"
  rm -f "$state/original/manifest.kept" "$state/original/paths.before"
}
