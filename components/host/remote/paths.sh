# What lies on the way to a file.

# Directories that have been looked at.
roots_alone=' '

# find_open_way: the first directory of that kind on the way to any file of ours becomes $open, and the
# file that it leads to $open_leads_to.
find_open_way() {
  for open_leads_to in "$daemon_json" "$drop_in" "$socket_drop_in" "$restart_drop_in" $socket \
    ${ca_path:+"$ca_path" "$cert_path" "$key_path"}; do
    find_open_directory "$open_leads_to"
    [ -z "$open" ] || return 0
  done
}

# find_open_directory PATH: $open becomes the first directory on the way to it, links followed, in which
# somebody besides root can write: who can swap a part of the way can put what they like at its end. What
# is missing yet is made by us. Empty where the way is root's alone.
find_open_directory() {
  open='' way_left=${1%/*} way_at='' way_links=0
  is_roots_alone / || return 0
  while [ -n "$way_left" ]; do
    way_left=${way_left#/}
    way_part=${way_left%%/*}
    case $way_left in */*) way_left=${way_left#*/} ;; *) way_left='' ;; esac
    case $way_part in
    '' | .) continue ;;
    ..)
      way_at=${way_at%/*}
      continue
      ;;
    esac
    if [ -L "$root$way_at/$way_part" ]; then
      way_links=$((way_links + 1))
      way_target=$(readlink "$root$way_at/$way_part")
      if [ "$way_links" -gt 40 ] || [ -z "$way_target" ]; then return 0; fi
      case $way_target in /*) way_at='' ;; esac
      way_left=$way_target/$way_left
      continue
    fi
    way_at=$way_at/$way_part
    [ -d "$root$way_at" ] || return 0
    is_roots_alone "$way_at" || return 0
  done
}

# is_roots_alone DIRECTORY: or $open says which one is not.
is_roots_alone() {
  case $roots_alone in *" $1 "*) return 0 ;; esac
  # The tests' machines have no / of their own.
  [ "$1" != / ] || [ -z "$root" ] || return 0
  case $(stat -L -c '%u %g %A' "$root$1/") in
  '0 '*' d'????-??-?* | '0 0 d'???????-?*)
    roots_alone="$roots_alone$1 "
    return 0
    ;;
  esac
  open=$1
  return 1
}

# socket_is_taken: dockerd takes away whatever lies in the way of its socket.
socket_is_taken() {
  [ -n "$socket" ] && [ -e "$root$socket" ] && [ ! -S "$root$socket" ] && [ ! -L "$root$socket" ]
}

# is_of_others PATH: a file in the place of a TLS file that is none, and that this program has not written.
is_of_others() {
  [ -s "$root$1" ] && ! in_manifest "$state/original" "file $1" && ! in_manifest "$state/original" "absent $1" &&
    ! grep -q -e '-----BEGIN ' "$root$1"
}
