# A tiny docker.service: what systemd and dockerd 26.1 were seen to do (docker-service.sh), in files
# below $MODEL.
#   active     active|inactive|activating (a failing start that Restart=always repeats)
#   unit       the ExecStart that systemd has loaded; flags: those of the running dockerd
#   live       live-restore in effect          effective  the daemon.json that dockerd started with
#   containers a line per running container    starts     since the last reset-failed
#   home       the data-root that they lie in, where daemon.json named one
#   socket     file|orphan: whether /run/docker.sock leads to whoever listens
#   api-port   the one that our socket unit holds; handed-over, guard-missing: what our loaded drop-ins say of it
# Set by tests: refused (a text in daemon.json with which dockerd does not start although --validate
# passes), reload-refused (one that a reload does not take), reload-broken, port-taken, silent (dockerd starts, but does not answer), dead-port.
#
#   required-by, socket-required-by, kill-mode, stop-hook, unit-NAME: what `systemctl show` says of docker.service,
#   docker.socket and the units of others
#
# The functions answer in variables and do their work in the shell itself: the remote scripts call the
# stubs some thirty times a run, and every process that a stub starts is paid for thousands of times.
# shellcheck shell=sh disable=SC2034 # the answers are for the stubs
units=$DOCKERTLS_ROOT/etc/systemd/system
drop_ins=$units/docker.service.d
new_line='
'

# load NAME: its first line becomes $value.
load() {
  value=
  [ ! -s "$MODEL/$1" ] || read -r value <"$MODEL/$1"
}
# is NAME VALUE
is() {
  load "$1"
  [ "$value" = "$2" ]
}
value() {
  load "$1"
  [ -z "$value" ] || printf '%s\n' "$value"
}
put() { printf '%s\n' "$2" >"$MODEL/$1"; }
journal() { printf '%s\n' "$1" >>"$MODEL/journal"; }
log() { printf '%s\n' "$*" >>"$MODEL/argv"; }

# load_text FILE: all of it becomes $text; nothing where there is none.
load_text() {
  text=
  [ -f "$1" ] || return 0
  while IFS= read -r text_line; do text=$text$text_line$new_line; done <"$1"
  text=$text$text_line
}

# says KEY true|false: whether $text does.
says() { case $text in *"\"$1\": $2"* | *"\"$1\":$2"*) ;; *) return 1 ;; esac; }

# in_text WORDS: whether they are in $text.
in_text() { case $text in *"$1"*) ;; *) return 1 ;; esac; }

# text_at KEY: the text that $text has for it becomes $found.
text_at() {
  case $text in
  *"\"$1\": \""*) found=${text##*"\"$1\": \""} ;;
  *"\"$1\":\""*) found=${text##*"\"$1\":\""} ;;
  *) found='"' ;;
  esac
  found=${found%%\"*}
}

# load_exec_start: the one on the disk becomes $exec_start: the vendor's, or the last drop-in's.
load_exec_start() {
  for conf in "$DOCKERTLS_ROOT/usr/lib/systemd/system/docker.service" "$drop_ins"/*.conf; do
    [ -f "$conf" ] || continue
    while read -r line; do
      case $line in ExecStart=?*) exec_start=${line#ExecStart=} ;; esac
    done <"$conf"
  done
}

# load_units: all that systemd has of docker.service from now on.
load_units() {
  load_exec_start
  put unit "$exec_start"
  put handed-over no
  put guard-missing no
  for conf in "$drop_ins"/*.conf; do
    [ -f "$conf" ] || continue
    while read -r line; do
      case $line in
      Sockets=*) put handed-over yes ;;
      Requires=*) [ -f "$units/${line#Requires=}" ] || put guard-missing yes ;;
      esac
    done <"$conf"
  done
}

# start_api_socket: with docker.service, where that wants it; closed again where dockerd would not speak TLS.
start_api_socket() {
  is handed-over yes || return 0
  load api-port
  if [ -z "$value" ] && [ -f "$units/dockertls-api.socket" ]; then
    while read -r line; do
      case $line in ListenStream=*) put api-port "${line##*[=:]}" ;; esac
    done <"$units/dockertls-api.socket"
  fi
  load unit
  case $value in *' --tlsverify '*) ;; *) put api-port '' ;; esac
}

# what_is_wrong FLAGS FILE: what dockerd says of a configuration becomes $wrong; nothing when it is
# good. The file is $text afterwards.
what_is_wrong() {
  wrong=
  load_text "$2"
  [ -f "$2" ] || return 0
  said="unable to configure the Docker daemon with file $2:"
  case $text in
  *"}$new_line") ;;
  *)
    wrong="$said unexpected EOF"
    return 0
    ;;
  esac
  case $text in
  *'"registry-mirrorz"'*)
    wrong="$said the following directives don't match any configuration option: registry-mirrorz"
    return 0
    ;;
  esac
  case " $1 :$text" in
  *' -H '*:*'"hosts"'*)
    wrong="$said the following directives are specified both as a flag and in the configuration file: hosts: (from flag: [fd://], from file: [...])"
    return 0
    ;;
  esac
  case " $1 :$text" in
  *' --tls '*:*'"tls'*)
    wrong="$said the following directives are specified both as a flag and in the configuration file: tlsverify: (from flag: true, from file: true)"
    return 0
    ;;
  *' --tlsverify '*)
    configuration=$text
    check_tls_files "$1"
    text=$configuration
    return 0
    ;;
  esac
  ! says tlsverify true || check_tls_files
}

# check_tls_files [FLAGS]: where the flags name them, or else $text does.
check_tls_files() {
  configuration=$text
  for name in tlscacert tlscert tlskey; do
    text=$configuration
    text_at "$name"
    file=$found
    case ${1:-} in *" --$name="*)
      file=${1##*" --$name="}
      file=${file%% *}
      ;;
    esac
    case $file in "$DOCKERTLS_ROOT"/*) ;; *) file=$DOCKERTLS_ROOT$file ;; esac
    [ -f "$file" ] || {
      wrong="$said could not read $file: no such file or directory"
      return 0
    }
    case $name in
    tlscert)
      load_last_word "$file"
      pair=$last_word
      ;;
    tlskey)
      load_last_word "$file"
      [ "$pair" = "$last_word" ] ||
        wrong="$said Could not load X509 key pair: tls: private key does not match public key"
      ;;
    esac
  done
  text=$configuration
}

# load_last_word FILE: the one that tells which pair a certificate or key belongs to.
load_last_word() {
  load_text "$1"
  last_line=${text%"$new_line"}
  last_line=${last_line##*"$new_line"}
  last_word=${last_line##* }
}

# split TEXT: flags, or a daemon.json, become $words, without quotes and commas.
split() {
  set -f
  IFS=" \",$new_line"
  # shellcheck disable=SC2086 # to be split
  set -- $1
  unset IFS
  set +f
  words=$*
}

# load_listening_socket: where the running dockerd listens for local clients becomes $listening_socket:
# by its flags, its file, or systemd's socket.
load_listening_socket() {
  load flags
  flags=$value
  load_text "$MODEL/effective"
  load_socket_of_systemd
  split "$flags $text"
  set -f
  for listening in $words "unix://$socket_of_systemd"; do
    case $listening in
    unix://*)
      listening_socket=${listening#unix://}
      break
      ;;
    esac
  done
  set +f
}

# load_socket_of_systemd: where docker.socket was told to listen when it was started last.
load_socket_of_systemd() {
  load systemd-socket
  socket_of_systemd=${value:-/var/run/docker.sock}
}
