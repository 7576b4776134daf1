# Staging: what a state needs lies ready beside its targets, as TARGET.dockertls-LABEL, before any of them
# is replaced.
# Sets: previous_is_staged.

staged_mark=.dockertls
previous_is_staged=no

# stage_both LABEL: the desired state and the previous one, before the first file is replaced. Fails with 2
# where only the previous one has no room.
stage_both() {
  unstage "$state/previous" "$state/original"
  stage "$run" "$1" || return 1
  if stage "$state/previous" old; then
    previous_is_staged=yes
  else
    return 2
  fi
}

# stage STATE LABEL: all its files, on the file systems of their targets, with their final modes and owners.
# A full disk shows here.
stage() {
  step "$2-stage"
  staged_state=$1 staged_label=$2
  set --
  while read -r kind path; do
    [ "$kind" = file ] || continue
    staged=$root$path$staged_mark-$staged_label
    make_directory "${path%/*}" && copy_exact "$staged_state/tree$path" "$staged" || return 1
    [ -L "$staged" ] || set -- "$@" "$staged"
  done <"$staged_state/manifest"
  for variant in keep release; do
    [ -f "$staged_state/$variant.json" ] || continue
    staged=$root$daemon_json$staged_mark-$staged_label-$variant
    make_directory "${daemon_json%/*}" &&
      copy_like "$staged_state/tree$daemon_json" "$staged_state/$variant.json" "$staged" || return 1
    set -- "$@" "$staged"
  done
  [ $# -eq 0 ] || sync "$@"
}

# unstage STATE...: what was staged and not used.
unstage() {
  find_paths "$@"
  set -- "$root$daemon_json$staged_mark"-*
  for path in $paths; do
    [ "$path" = "$daemon_json" ] || set -- "$@" "$root$path$staged_mark"-*
  done
  discard "$@"
}
