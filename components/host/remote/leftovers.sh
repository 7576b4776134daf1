# Removes what killed or earlier runs have left below /var/lib/dockertls and elsewhere.
# Reads: record and pending, run_id; script_digest, which script.sh sets.

# remove_leftovers: of runs that were killed before they touched anything, or after they were done.
remove_leftovers() {
  if [ -f "$state/pending" ] && [ "$(field "$state/pending" run)" = "$(field "$state/record" run)" ]; then
    close_transaction
  elif [ -f "$state/record" ] && [ ! -f "$state/pending" ] && [ -f "$state/original/manifest" ]; then
    prune_original
  fi
  set -- "$state/record.new" "$state/pending.new"
  [ -f "$state/pending" ] || set -- "$@" "$state/previous"
  [ -f "$state/pending" ] || [ -f "$state/record" ] || set -- "$@" "$state/original"
  discard "$@"
  remove_old_runs
}

remove_old_runs() {
  recorded_run=$(field "$state/record" run)
  pending_run=$(field "$state/pending" run)
  pending_undo=$(field "$state/pending" undo_run)
  revised_run=$(field "$state/record" revised_run)
  for leftover in "$state"/run-*; do
    case ${leftover##*/run-} in
    "$run_id" | "$recorded_run" | "$pending_run" | "$pending_undo" | "$revised_run") ;;
    *) rm -rf "$leftover" ;;
    esac
  done
  # Of a settled run only the documents are needed: a private key should not lie in two places.
  if [ -n "$recorded_run" ] && [ "$recorded_run" != "$pending_run" ]; then
    set -- "$state/run-$recorded_run"
    discard "$1/tree" "$1/manifest" "$1/found" "$1/inbox" "$1/pending" "$1/protect.json" "$1/validate.json"
  fi
}

# remove_old_scripts: those of earlier versions, which nothing names any more.
remove_old_scripts() {
  for leftover in "$state"/script-*; do
    [ "${leftover##*/script-}" = "$script_digest" ] || discard "$leftover"
  done
}

# remove_unused_socket: systemd leaves the file of a socket that moves.
remove_unused_socket() {
  [ ! -e "$root$socket_drop_in" ] || return 0
  rm -f "$root$unused_socket"
  for forgotten in $socket $(field "$state/record" socket); do
    case $forgotten in /run/*/* | /var/run/*/*) rmdir "$root${forgotten%/*}" || : ;; esac
  done
}

# remove_new_directories: those that did not exist in the previous or the original state, unless something is in
# them.
remove_new_directories() {
  new_directories=$(sed -n 's/^nodir //p' "$state/previous/manifest" "$state/original/manifest" | sort -ru)
  set --
  for path in $new_directories; do
    [ ! -d "$root$path" ] || set -- "$@" "$root$path"
  done
  [ $# -eq 0 ] || rmdir "$@" || :
}

# prune_original: drops paths that are not ours (restored since, as earlier TLS files are, or never touched by
# a run that was killed). Should they become ours one day, they must be captured anew.
prune_original() {
  ours=" $(recorded_files) "
  kept_lines='' pruned=no
  set --
  while read -r kind path; do
    case $kind:$ours in
    nodir:*" $path/"* | file:*" $path "* | absent:*" $path "*) kept_lines="$kept_lines$kind $path$new_line" ;;
    *) pruned=yes ;;
    esac
  done <"$state/original/manifest"
  [ $pruned = yes ] || return 0
  find_paths "$state/original"
  printf '%s' "$kept_lines" >"$state/original/manifest.new" && commit_file "$state/original/manifest" || return 1
  for path in $paths; do
    in_manifest "$state/original" "file $path" || set -- "$@" "$state/original/tree$path"
  done
  discard "$@"
}

# recorded_files: every path that is ours by the record. The first version recorded a directory.
recorded_files() {
  recorded=$(field "$state/record" files)
  if [ -z "$recorded" ]; then
    recorded=$(field "$state/record" directory)
    recorded="$daemon_json $drop_in $recorded/ca.pem $recorded/cert.pem $recorded/key.pem"
  fi
  printf '%s\n' "$recorded"
}
