# Where our files belong, what lies on the way to them, and what lies in their place.
# Reads: socket, socket_of and the paths of the TLS files. Sets: open_directory, open_path, blocked_path,
# blocked_why.

daemon_json=/etc/docker/daemon.json
drop_in=/etc/systemd/system/docker.service.d/zz-dockertls.conf
socket_drop_in=/etc/systemd/system/docker.socket.d/zz-dockertls.conf
restart_drop_in=/etc/systemd/system/docker.service.d/zz-dockertls-restart.conf
# Our socket unit, by which systemd holds the API's port, and its guard; see components/model/systemd/api-socket.ts.
api_socket=/etc/systemd/system/dockertls-api.socket
api_guard=/etc/systemd/system/dockertls-api.service

# Where systemd listens while dockerd makes its own socket (see `socketDropIn` in components/model/systemd/drop-ins.ts).
unused_socket=/run/dockertls-unused.sock

# Directories that were looked at and belong to root alone.
root_only=' '

# find_open_path: the first directory on the way to any of our files in which somebody besides root can write
# becomes open_directory, the file that it leads to open_path.
find_open_path() {
  if [ "$socket_of" = dockerd ]; then own_socket=$socket; else own_socket=; fi
  # shellcheck disable=SC2086 # plain paths, and none where there is none
  set -- "$daemon_json" "$drop_in" "$socket_drop_in" "$restart_drop_in" "$api_socket" "$api_guard" $own_socket \
    $ca_path $cert_path $key_path
  note_root_only "$@"
  for open_path; do
    find_open_directory "$open_path"
    [ -z "$open_directory" ] || return 0
  done
}

# note_root_only PATH...: of the directories on the way to them, by one process; links that lead elsewhere are
# followed later.
note_root_only() {
  noted='/ '
  for noted_path; do
    noted_path=${noted_path%/*}
    while [ -n "$noted_path" ]; do
      case " $noted" in *" $noted_path "*) break ;; esac
      noted="$noted$noted_path "
      noted_path=${noted_path%/*}
    done
  done
  set --
  for noted_path in $noted; do
    [ ! -d "$root$noted_path" ] || set -- "$@" "$root$noted_path"
  done
  while read -r noted_path noted_stat; do
    noted_path=${noted_path#"$root"}
    case " $root_only" in *" $noted_path "*) continue ;; esac
    ! belongs_to_root_alone "$noted_stat" || root_only="$root_only$noted_path "
  done <<STATS
$(stat -L -c '%n %u %g %A' "$@")
STATS
}

# find_open_directory PATH: the first such directory on the way to it, links followed, becomes open_directory;
# empty where there is none. Who can swap a part of the way can put what they like at its end. What does not
# exist yet, this program creates.
find_open_directory() {
  open_directory='' path_left=${1%/*} path_at='' path_links=0
  is_root_only / || return 0
  while [ -n "$path_left" ]; do
    path_left=${path_left#/}
    path_part=${path_left%%/*}
    case $path_left in */*) path_left=${path_left#*/} ;; *) path_left='' ;; esac
    case $path_part in
    '' | .) continue ;;
    ..)
      path_at=${path_at%/*}
      continue
      ;;
    esac
    if [ -L "$root$path_at/$path_part" ]; then
      path_links=$((path_links + 1))
      path_target=$(readlink "$root$path_at/$path_part")
      if [ "$path_links" -gt 40 ] || [ -z "$path_target" ]; then return 0; fi
      case $path_target in /*) path_at='' ;; esac
      path_left=$path_target/$path_left
      continue
    fi
    path_at=$path_at/$path_part
    [ -d "$root$path_at" ] || return 0
    is_root_only "$path_at" || return 0
  done
}

# is_root_only DIRECTORY: otherwise it becomes open_directory.
is_root_only() {
  case $root_only in *" $1 "*) return 0 ;; esac
  # The tests' machines have no / of their own.
  [ "$1" != / ] || [ -z "$root" ] || return 0
  if belongs_to_root_alone "$(stat -L -c '%u %g %A' "$root$1/")"; then
    root_only="$root_only$1 "
    return 0
  fi
  open_directory=$1
  return 1
}

# belongs_to_root_alone 'UID GID MODE': of a directory, the mode as ls writes it.
belongs_to_root_alone() {
  case $1 in '0 '*' d'????-??-?* | '0 0 d'???????-?*) ;; *) return 1 ;; esac
}

# find_blocked_path: the first place where a file of ours can't be put becomes blocked_path, the reason blocked_why.
find_blocked_path() {
  blocked_path='' blocked_why=''
  for wanted_path in "$daemon_json" "$drop_in" "$socket_drop_in" "$restart_drop_in" "$api_socket" "$api_guard" \
    ${ca_path:+"$ca_path" "$cert_path" "$key_path"}; do
    blocked_path=$wanted_path
    if [ -d "$root$wanted_path" ]; then
      blocked_why=directory
      return 0
    fi
    blocked_path=${wanted_path%/*}
    while [ -n "$blocked_path" ] && [ ! -e "$root$blocked_path" ]; do blocked_path=${blocked_path%/*}; done
    if [ ! -d "$root$blocked_path/" ]; then
      blocked_why=no-directory
    elif [ ! -w "$root$blocked_path/" ]; then
      blocked_why=read-only
    fi
    if [ -n "$blocked_why" ]; then
      blocked_path=${blocked_path:-/}
      return 0
    fi
  done
  blocked_path=''
}

# socket_is_taken: dockerd takes away whatever lies in the way of its own socket.
socket_is_taken() {
  [ "$socket_of" = dockerd ] && [ -n "$socket" ] && [ -e "$root$socket" ] && [ ! -S "$root$socket" ] &&
    [ ! -L "$root$socket" ]
}

# is_foreign_file PATH: where a TLS file belongs, a file that is none and that this program has not written.
is_foreign_file() {
  [ -s "$root$1" ] && ! in_manifest "$state/original" "file $1" && ! in_manifest "$state/original" "absent $1" &&
    ! grep -q -e '-----BEGIN ' "$root$1"
}
