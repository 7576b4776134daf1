# Writes files so that each is there as a whole or not at all.
# Reads: root.

# commit_file FILE: FILE.new becomes the file, and is on the disk before it counts.
commit_file() { sync "$1.new" && mv -fT "$1.new" "$1" && sync "${1%/*}"; }

directory_for() { [ -d "${1%/*}" ] || mkdir -p "${1%/*}"; }

make_directory() {
  [ ! -d "$root$1" ] || return 0
  make_directory "${1%/*}" && mkdir -m 0755 "$root$1"
}

copy_exact() { cp -dp --remove-destination "$1" "$2"; }

# copy_like MODEL CONTENT TARGET: with the mode and owner of MODEL; without that, for everyone to read.
copy_like() {
  if [ -f "$1" ]; then
    copy_exact "$1" "$3" && cat "$2" >"$3"
  else
    rm -f "$3" && cat "$2" >"$3" && chmod 0644 "$3"
  fi
}

# discard PATH...: with all that is in them. What is not there costs no process.
discard() {
  for discarded; do
    shift
    if [ -e "$discarded" ] || [ -L "$discarded" ]; then set -- "$@" "$discarded"; fi
  done
  [ $# -eq 0 ] || rm -rf "$@"
}
