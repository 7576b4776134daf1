# Writes files so that each is there as a whole or not at all.
# Reads: root.

# write_atomically FILE: standard input becomes the file, and is on the disk before it counts.
write_atomically() {
  cat >"$1.new" && sync "$1.new" && mv -fT "$1.new" "$1" && sync "${1%/*}"
}

directory_for() { [ -d "${1%/*}" ] || mkdir -p "${1%/*}"; }

make_directory() {
  [ ! -d "$root$1" ] || return 0
  make_directory "${1%/*}" && mkdir -m 0755 "$root$1"
}

copy_exact() { cp -dp --remove-destination "$1" "$2"; }

# copy_like MODEL CONTENT TARGET: with the mode and owner of MODEL; without that, for everyone to read.
copy_like() {
  rm -f "$3" || return 1
  if [ -f "$1" ]; then cp -dp "$1" "$3" || return 1; fi
  cat "$2" >"$3" && { [ -f "$1" ] || chmod 0644 "$3"; }
}
