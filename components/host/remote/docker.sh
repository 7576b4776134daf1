# What dockerd is doing; its reload and restart.

start_tries=25
# What dockerd said of the last reload that it did not take.
docker_refused=
start_limit=180

# read_unit: what systemd says of docker.service, for unit_value to look things up in.
read_unit() {
  unit_show=$(timeout 10 systemctl show docker.service \
    -p LoadState,ActiveState,UnitFileState,NeedDaemonReload,MainPID,ExecStart,ExecMainStartTimestamp,EnvironmentFiles)
}

unit_value() {
  while IFS= read -r unit_line; do
    case $unit_line in
    "$1="*)
      printf '%s\n' "${unit_line#*=}"
      return 0
      ;;
    esac
  done <<UNIT
$unit_show
UNIT
}

# dockerd_start: seconds since 1970, at the last read_unit; nothing when systemd names no time that date
# understands.
dockerd_start() {
  started=$(unit_value ExecMainStartTimestamp)
  [ -z "$started" ] || date -d "$started" +%s
}

# At the last read_unit.
docker_was_active() {
  case $(unit_value ActiveState) in active | reloading) ;; *) return 1 ;; esac
}

docker_is_active() {
  case $(timeout 10 systemctl is-active docker.service) in active | reloading) ;; *) return 1 ;; esac
}

# look_at_docker: the part of the facts that is docker's.
look_at_docker() {
  read_unit
  docker_active=no
  docker_answers=no
  docker_containers=
  docker_enabled=$(unit_value UnitFileState)
  docker_was_active || return 0
  docker_active=yes
  docker_info || return 0
  docker_answers=yes
  docker_containers=$(running_containers)
}

# docker_info [PATH]: GET /info into $docker_json, from that socket, or from the first that answers of
# those where dockerd may be: it has moved, or is about to.
docker_info() {
  for asked_socket in ${1:-$(possible_sockets)}; do
    docker_json=$(get_info "$root$asked_socket") && is_complete_info && return 0
  done
  asked_socket=
  return 1
}

# possible_sockets: where a run wants it, where the last one or a killed one put it, and where it was
# before.
possible_sockets() {
  sockets_named=' '
  for possible_socket in $socket $(field "$state/record" socket) $(killed_sockets) $present_sockets \
    $(field "$state/previous/facts" sockets) $(field "$state/original/facts" sockets) $default_socket; do
    case $sockets_named in *" $possible_socket "*) continue ;; esac
    sockets_named="$sockets_named$possible_socket "
    # The tests' machines have none.
    if [ -S "$possible_socket" ] || [ -n "$root" ]; then echo "$possible_socket"; fi
  done
}

killed_sockets() { [ ! -f "$state/pending" ] || sed -n 's/^socket=//p' "$state/pending"; }

is_complete_info() {
  case $docker_json in *'"LiveRestoreEnabled":'*) ;; *) return 1 ;; esac
  case $docker_json in *'"ServerErrors":['*) return 1 ;; esac
}

get_info() { get "$1" /info info --format '{{json .}}'; }

# get SOCKET PATH COMMAND...: from dockerd's API. The CLI and its command come last: it starts all its
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
swarm_is_active() { case $docker_json in *'"LocalNodeState":"inactive"'*) return 1 ;; *'"LocalNodeState":"'*) ;; *) return 1 ;; esac; }

# in_swarm: as dockerd says; when it does not answer, as it keeps it on the disk. A node does not start on
# a file that says live-restore true.
in_swarm() {
  if docker_is_active && docker_info; then
    swarm_is_active
    return
  fi
  data_root_in_file=$(json_field data-root "$root$daemon_json")
  [ -f "$root${data_root_in_file:-/var/lib/docker}/swarm/docker-state.json" ]
}

# json_field KEY FILE: a text in a daemon.json.
json_field() { sed -n "s/.*\"$1\"[[:space:]]*:[[:space:]]*\"\([^\"]*\)\".*/\1/p" "$2" | tail -n 1; }

# info_field KEY: a text in dockerd's last answer; the first of that name, since parts of it have theirs.
info_field() {
  printf '%s\n' "$docker_json" | sed 's/[,{]/\n/g' | sed -n "s/^ *\"$1\": *\"\([^\"]*\)\".*/\1/p" | head -n 1
}

# reload_until true|false [TRIES]: dockerd's own word on live-restore; it may answer on another socket yet.
reload_until() { reload_and "${2:-40}" says_live_restore "$1"; }

says_live_restore() { docker_info && live_restore_is "$1"; }

# reload_docker SOCKET: dockerd takes up what daemon.json says now, and its own event proves that it did.
reload_docker() { reload_and 40 dockerd_reloaded "$1"; }

# reload_and TRIES QUESTION...: `systemctl reload` returns 0 though dockerd refused the file, so only its
# own word counts.
reload_and() {
  tries=$1
  shift
  reload_since=$(date +%s.%N)
  signal_reload
  while [ "$tries" -gt 0 ]; do
    if "$@"; then return 0; fi
    tries=$((tries - 1))
    sleep 0.1
  done
  docker_refused=$(journal_reason "${reload_since%.*}" || :)
  docker_why=${docker_refused:-dockerd does not say that it took the reload up}
  return 1
}

# signal_reload: a unit that somebody wrote by hand may have no ExecReload.
signal_reload() {
  timeout 30 systemctl reload docker.service || timeout 30 systemctl kill -s HUP --kill-who=main docker.service || :
}

# dockerd_reloaded SOCKET: since the last signal.
dockerd_reloaded() {
  reload_until_now=$(date +%s.%N)
  reload_filters='%7B%22type%22%3A%7B%22daemon%22%3Atrue%7D%2C%22event%22%3A%7B%22reload%22%3Atrue%7D%7D'
  reload_events=$(get "$root$1" "/events?since=$reload_since&until=$reload_until_now&filters=$reload_filters" \
    events --since "$reload_since" --until "$reload_until_now" --filter type=daemon --filter event=reload)
  [ -n "$reload_events" ]
}

# Until the next run or boot: see keep_trying.
trying=/run/systemd/system/docker.service.d/zz-dockertls-restart.conf

# keep_trying: dockerd is down, and what keeps it down may go by itself, as somebody who has taken its port.
# On the machine's own files systemd would give up after a few starts.
keep_trying() {
  # What did not run when this run came is nobody's to be started.
  if docker_is_active || [ "$(field "$state/previous/facts" active)" != yes ]; then return 1; fi
  step keep-trying
  if [ ! -f "$root$restart_drop_in" ]; then
    mkdir -p "$root${trying%/*}" &&
      printf '%s\n' '[Unit]' 'StartLimitIntervalSec=0' '[Service]' 'Restart=always' 'RestartSec=3' >"$root$trying" || return 1
    timeout 30 systemctl daemon-reload
  fi
  systemctl reset-failed docker.service docker.socket
  case $(timeout 10 systemctl show docker.service -p Requires) in
  *docker.socket*) timeout 30 systemctl start --no-block docker.socket docker.service ;;
  *) timeout 30 systemctl start --no-block docker.service ;;
  esac
}

# stop_trying: this run has its own way to start dockerd.
stop_trying() {
  [ -f "$root$trying" ] || return 0
  rm -f "$root$trying"
  rmdir "$root${trying%/*}" || :
  timeout 30 systemctl daemon-reload
}

# restart_docker: on what is on the disk now. The start limit counts good starts too, so it is
# cleared first. A unit with -H fd:// listens on a socket that systemd made: a dockerd that listened
# by itself removed its file, so the socket unit is restarted as well, which takes the service along.
restart_docker() {
  start_since=$(date +%s)
  systemctl reset-failed docker.service docker.socket || :
  read_unit
  case $(socket_has_moved)$(unit_value ExecStart) in
  moved* | *fd://*) timeout -k 5 "$start_limit" systemctl restart docker.socket docker.service ;;
  *) timeout -k 5 "$start_limit" systemctl restart docker.service ;;
  esac
  restart_status=$?
  [ $restart_status -ne 0 ] || return 0
  docker_why=$(journal_reason "$start_since" || :)
  [ -n "$docker_why" ] || docker_why="dockerd did not start (systemctl restart: status $restart_status)"
  return 1
}

# socket_has_moved: says so where docker.socket listens and its drop-in came or went.
socket_has_moved() {
  if [ "$socket_moves" = yes ] && timeout 10 systemctl is-active docker.socket >/dev/null; then echo moved; fi
}

# docker_serves [PORT SOCKET]: active, answers on its socket, and listens on the port.
docker_serves() {
  tries=$start_tries
  while :; do
    docker_why='dockerd stopped again after its start'
    if docker_is_active; then
      docker_why="dockerd does not answer on ${2:-$default_socket}"
      if docker_info "${2:-}"; then
        docker_why="nothing listens on port ${1:-}"
        if [ -z "${1:-}" ] || port_listens "$1"; then return 0; fi
      fi
    fi
    tries=$((tries - 1))
    if [ "$tries" -le 0 ]; then break; fi
    sleep 0.2
  done
  return 1
}

port_listens() {
  if command -v ss; then
    ss -Hltn "sport = :$1" | grep -q .
  else
    port_hex=$(printf '%04X' "$1")
    cat "$root/proc/net/tcp" "$root/proc/net/tcp6" |
      grep -Eq "^ *[0-9]+: [0-9A-F]+:$port_hex [0-9A-F]+:0000 0A "
  fi
}

# foreign_listener PORT: who else has the port where dockerd shall listen, if that can be seen. Ours is
# the one that systemd started: another dockerd, in a container say, is as much in the way.
foreign_listener() {
  command -v ss >/dev/null || return 0
  ss -Hltnp "sport = :$1" | while read -r _ _ _ listening _ listener; do
    case $listener in
    '' | *",pid=$(unit_value MainPID),"*) continue ;;
    esac
    if blocks_listening "${listening%:*}"; then
      printf '%s\n' "$listener" | sed 's/^users:(("\([^"]*\)",pid=\([0-9]*\).*/\1 (pid \2)/'
      return 0
    fi
  done
}

# blocks_listening ADDRESS: whether dockerd could not listen while somebody else does there, as ss writes it.
blocks_listening() {
  listening_at=${1#[}
  case " $addresses " in *' 0.0.0.0 '* | *' :: '* | *" ${listening_at%]} "*) return 0 ;; esac
  case ${listening_at%]} in '*' | 0.0.0.0 | ::) ;; *) return 1 ;; esac
}

# journal_reason SINCE: dockerd's own last word, at most 300 characters.
journal_reason() {
  journal=$(timeout 10 journalctl -u docker.service --since "@$1" -n 60 -o cat --no-pager) || return 1
  for pattern in 'failed to start daemon: ' 'unable to configure the Docker daemon' 'level=fatal' \
    'the following directives' 'failed to ' 'unable to parse ' 'level=error'; do
    reason=$(printf '%s\n' "$journal" | grep -F -e "$pattern" | tail -n 1)
    if [ -n "$reason" ]; then break; fi
  done
  [ -n "$reason" ] || return 1
  if [ "$hidden" = true ]; then
    echo 'dockerd did not take its configuration; its reason may hold a secret, see journalctl -u docker on the machine'
    return 0
  fi
  # From 28 on, what was tried and what went wrong with it are two fields: msg="…" error="…".
  one_line "$(masked "$(printf '%s' "$reason" |
    sed 's/^time=.*msg="\(.*\)"$/\1/; s/" error="/: /; s/\\"/"/g')")" 300
}

# masked TEXT: dockerd's words without values that others have put into daemon.json, which may be
# passwords: their words came with the envelope, and dockerd may repeat any of them, in any frame.
masked() {
  # printf is a builtin, and sed reads a file: no word of theirs is in a process's arguments. Each twice:
  # what ends one word begins the next.
  for word in '' $foreign_words; do
    masked_word="s,\\(^\\|[^[:alnum:]]\\)$word\\($\\|[^[:alnum:]]\\),\\1***\\2,gI"
    [ -z "$word" ] || printf '%s\n' "$masked_word" "$masked_word"
  done >"$run/mask.sed"
  printf '%s' "$1" | tr -c '[:print:]' ' ' | sed -e 's#[^"'"'"' ]*@#***@#g' -f "$run/mask.sed" ||
    printf '%s\n' 'its reason is in journalctl -u docker on the machine'
  rm -f "$run/mask.sed"
}
