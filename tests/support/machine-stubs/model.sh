# A tiny docker.service: what systemd and dockerd 26.1 were seen to do, in files below $MODEL.
#   active     active|inactive|activating (a failing start that Restart=always repeats)
#   unit       the ExecStart that systemd has loaded; flags: those of the running dockerd
#   live       live-restore in effect          effective  the daemon.json that dockerd started with
#   containers a line per running container    starts     since the last reset-failed
#   home       the data-root that they lie in, where daemon.json named one
#   socket     file|orphan: whether /run/docker.sock leads to whoever listens
# Set by tests: refused (a text in daemon.json with which dockerd does not start although --validate
# passes), reload-refused (one that a reload does not take), reload-broken, port-taken, silent (dockerd starts, but does not answer), dead-port.
#
# The functions answer in variables and do their work in the shell itself: the remote scripts call the
# stubs some thirty times a run, and every process that a stub starts is paid for thousands of times.
# shellcheck shell=sh
json=$DOCKERTLS_ROOT/etc/docker/daemon.json
drop_ins=$DOCKERTLS_ROOT/etc/systemd/system/docker.service.d
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
  ! says tlsverify true || check_tls_files
}

check_tls_files() {
  configuration=$text
  for name in tlscacert tlscert tlskey; do
    text=$configuration
    text_at "$name"
    file=$found
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

start_socket() {
  conf=$DOCKERTLS_ROOT/etc/systemd/system/docker.socket.d/zz-dockertls.conf
  told=/var/run/docker.sock
  if [ -f "$conf" ]; then
    told=
    while IFS= read -r line; do
      case $line in ListenStream=?*) told=$told${told:+$new_line}${line#ListenStream=} ;; esac
    done <"$conf"
  fi
  put systemd-socket "$told"
  put socket file
}

stop_dockerd() {
  if is active active; then
    if ! is live true; then true >"$MODEL/containers"; fi
    # A dockerd that listened by itself takes the socket's file along.
    load flags
    case $value in *fd://*) ;; *) put socket orphan ;; esac
  fi
  put active inactive
}

fail_start() {
  journal "$1"
  put active activating
  # Restart=always tries again until the start limit.
  put starts 3
  return 1
}

start_dockerd() {
  load starts
  starts=$((value + 1))
  put starts "$starts"
  if [ "$starts" -gt 3 ]; then
    journal 'docker.service: Start request repeated too quickly.'
    put active failed
    return 1
  fi
  load unit
  unit=$value
  # $text is daemon.json from here on.
  what_is_wrong "$unit" "$json"
  if [ -n "$wrong" ]; then fail_start "$wrong"; return 1; fi
  load refused
  if [ -n "$value" ] && in_text "$value"; then
    fail_start "time=\"now\" level=info msg=\"Starting up\""
    fail_start "failed to start daemon: invalid mirror: unsupported scheme \"ftp\" in \"$value\""
    return 1
  fi
  if [ -f "$MODEL/no-validate" ] && in_text '"log-level": "loud"'; then
    fail_start 'unable to parse logging level: loud'
    return 1
  fi
  load port-taken
  if [ -n "$value" ] && in_text ":$value\""; then
    fail_start "failed to load listeners: listen tcp 0.0.0.0:$value: bind: address already in use"
    return 1
  fi
  if says live-restore true; then
    if is swarm active; then
      fail_start '--live-restore daemon configuration is incompatible with swarm mode'
      return 1
    fi
    put live true
  else
    put live false
    true >"$MODEL/containers"
  fi
  put flags "$unit"
  case $unit in *fd://*) ;; *) put socket file ;; esac
  if [ -f "$json" ]; then printf '%s' "$text" >"$MODEL/effective"; else put effective '{}'; fi
  load pid
  put pid $((value + 1))
  put active active
}

in_text() { case $text in *"$1"*) ;; *) return 1 ;; esac; }

restart_dockerd() {
  stop_dockerd
  start_dockerd
}

# Silent when it fails; a key that is gone from the file keeps its value.
reload_dockerd() {
  is active active || return 1
  load flags
  # $text is daemon.json from here on.
  what_is_wrong "$value" "$json"
  if [ -f "$MODEL/reload-broken" ] || [ -n "$wrong" ]; then
    journal 'level=error msg="Error reconfiguring the daemon: no"'
    return 0
  fi
  for refusing in refused reload-refused; do
    load "$refusing"
    for word in $value; do
      ! in_text "$word" || {
        between=': '
        [ ! -f "$MODEL/logs-fields" ] || between='" error="'
        journal "time=\"now\" level=error msg=\"Error reconfiguring the daemon${between}invalid mirror: \\\"$word\\\"\""
        return 0
      }
    done
  done
  if says live-restore true; then put live true; fi
  if says live-restore false; then put live false; fi
  # With the time that `date +%s.%N` gives, for GET /events.
  date +%s.%N >>"$MODEL/reloads"
}
