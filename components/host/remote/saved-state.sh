# What this program remembers on the machine, below /var/lib/dockertls, and how it is read.
# Reads: state, daemon_json.
#
#   record     who owns the machine and what was last put in effect; written last, atomically; revised_run and
#              revised_from, once a removal was begun: see revise-undo.sh
#   pending    a transaction is open: written before the first touch, removed after the record
#   run-ID/    the desired state of a run that record or pending names; any other is garbage
#   original/  the machine before the first touch; valid while there is a record or a pending
#   previous/  the last settled state; valid while there is a pending
#   script-DIGEST, dockertls.sh  the script, and the name by which a person runs it
#
# original, previous and run-ID are "states": a manifest with a line per path, `file PATH` (its
# copy, with mode and owner, in tree/PATH), `absent PATH`, or `nodir PATH` for a directory that did
# not exist; `facts` with key=value; and the live-restore bridge: keep.json and release.json, the
# state's daemon.json with live-restore true and false, where the file itself does not say true.

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

# in_manifest STATE LINE: in the shell itself, as field is, since it is asked often and a process costs more.
in_manifest() {
  [ -f "$1/manifest" ] || return 1
  while IFS= read -r manifest_line; do
    [ "$manifest_line" != "$2" ] || return 0
  done <"$1/manifest"
  return 1
}

# find_paths STATE...: every file that the states name, once, into paths.
find_paths() {
  paths=''
  for paths_state in "$@"; do
    [ -f "$paths_state/manifest" ] || continue
    while read -r kind path; do
      case "$kind: $paths " in nodir:* | *" $path "*) ;; *) paths="$paths $path" ;; esac
    done <"$paths_state/manifest"
  done
}

digest() {
  [ -e "$1" ] || {
    echo absent
    return 0
  }
  digest_line=$(sha256sum <"$1") || return 1
  printf '%s\n' "${digest_line%% *}"
}

# state_digest STATE: of its daemon.json.
state_digest() {
  if in_manifest "$1" "file $daemon_json"; then digest "$1/tree$daemon_json"; else echo absent; fi
}

# number_of TEXT: 0 for what records of earlier versions lack.
number_of() {
  case $1 in
  '' | *[!0-9]*) echo 0 ;;
  *) echo "$1" ;;
  esac
}
