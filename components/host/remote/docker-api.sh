# What dockerd says of itself.
# Reads: socket, systemd_socket, present_sockets, and the sockets that records and daemon.json name.
# Sets: docker_json, asked_socket.

default_socket=/var/run/docker.sock
# The one on which dockerd answered last.
asked_socket=''
# Where systemd listens for it, if that was looked up.
systemd_socket=''

# docker_info [PATH]: GET /info into docker_json, from that socket or from the first that answers: dockerd may
# have moved, or be about to.
docker_info() {
  # As a rule it answers where this run wants it; the other places take processes to find.
  for asked_socket in ${1:-$socket $systemd_socket}; do
    if answers_with_info; then return 0; fi
  done
  if [ -z "${1:-}" ]; then
    for asked_socket in $(other_sockets); do
      if answers_with_info; then return 0; fi
    done
  fi
  asked_socket=
  return 1
}

answers_with_info() {
  # The tests' machines have no socket.
  [ -S "$asked_socket" ] || [ -n "$root" ] || return 1
  docker_json=$(get_info "$root$asked_socket") && is_complete_info
}

# other_sockets: where the last run or a killed one put it, where it was before, and where daemon.json says.
other_sockets() {
  sockets_named=" $socket $systemd_socket "
  for possible_socket in $(field "$state/record" socket) $(killed_sockets) $present_sockets \
    $(field "$state/previous/facts" sockets) $(field "$state/original/facts" sockets) $(sockets_in_file) $default_socket; do
    case $sockets_named in *" $possible_socket "*) continue ;; esac
    sockets_named="$sockets_named$possible_socket "
    echo "$possible_socket"
  done
}

# name_twice SOCKET: /run has another name on every machine; by that it becomes same_socket.
# shellcheck disable=SC2034 # not every script that asks dockerd has a use for it
name_twice() {
  case $1 in
  /var/run/*) same_socket=${1#/var} ;;
  /run/*) same_socket=/var$1 ;;
  *) same_socket=$1 ;;
  esac
}

sockets_in_file() { sed -n 's#.*"unix://\(/[A-Za-z0-9._/-]*\)".*#\1#p' "$root$daemon_json"; }

killed_sockets() { [ ! -f "$state/pending" ] || sed -n 's/^socket=//p' "$state/pending"; }

is_complete_info() {
  case $docker_json in *'"LiveRestoreEnabled":'*) ;; *) return 1 ;; esac
  case $docker_json in *'"ServerErrors":['*) return 1 ;; esac
}

get_info() { get "$1" /info info --format '{{json .}}'; }

# get SOCKET PATH COMMAND...: from dockerd's API. The CLI with its COMMAND comes last: it starts all its
# plugins for this, and prints an info of its own when dockerd is down.
get() {
  get_socket=$1 get_path=$2
  shift 2
  if command -v curl >/dev/null; then
    timeout 5 curl -sS --fail --noproxy '*' --unix-socket "$get_socket" "http://localhost$get_path"
  elif command -v perl >/dev/null; then
    # shellcheck disable=SC2016 # the dollars are perl's
    timeout 5 perl -e '
      use Socket;
      my $s;
      socket($s, PF_UNIX, SOCK_STREAM, 0) && connect($s, sockaddr_un($ARGV[0])) or exit 1;
      syswrite($s, "GET $ARGV[1] HTTP/1.0\r\nHost: localhost\r\n\r\n");
      local $/;
      my ($head, $body) = split(/\r\n\r\n/, <$s> // "", 2);
      $head =~ m{^HTTP/1\.\d 200} or exit 1;
      print $body;' "$get_socket" "$get_path"
  elif command -v docker >/dev/null; then
    timeout 5 docker -H "unix://$get_socket" "$@"
  else
    return 1
  fi
}

# A quote inside a JSON string is escaped, so these can't match inside a value.
live_restore_is() { case $docker_json in *"\"LiveRestoreEnabled\":$1"*) ;; *) return 1 ;; esac; }

# info_field KEY: a text in dockerd's last answer; the first of that name, since parts of it use the name too.
info_field() {
  set -f
  IFS=',{'
  for info_part in $docker_json; do
    case $info_part in
    "\"$1\":\""*\"*)
      info_part=${info_part#*:\"}
      printf '%s\n' "${info_part%%\"*}"
      break
      ;;
    esac
  done
  unset IFS
  set +f
}

# json_field KEY FILE: a text in a daemon.json.
json_field() { sed -n "s/.*\"$1\"[[:space:]]*:[[:space:]]*\"\([^\"]*\)\".*/\1/p" "$2" | tail -n 1; }
