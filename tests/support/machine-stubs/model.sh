# A tiny docker.service: what systemd and dockerd 26.1 were seen to do, in files below $MODEL.
#   active     active|inactive|activating (a failing start that Restart=always repeats)
#   unit       the ExecStart that systemd has loaded; flags: those of the running dockerd
#   live       live-restore in effect          effective  the daemon.json that dockerd started with
#   containers a line per running container    starts     since the last reset-failed
#   home       the data-root that they lie in, where daemon.json named one
#   socket     file|orphan: whether /run/docker.sock leads to whoever listens
# Set by tests: refused (a text in daemon.json with which dockerd does not start although --validate
# passes), reload-refused (one that a reload does not take), reload-broken, port-taken, silent (dockerd starts, but does not answer), dead-port.
# shellcheck shell=sh
json=$DOCKERTLS_ROOT/etc/docker/daemon.json
drop_ins=$DOCKERTLS_ROOT/etc/systemd/system/docker.service.d

# value NAME: its first line.
value() {
  [ -s "$MODEL/$1" ] || return 0
  read -r first_line <"$MODEL/$1"
  printf '%s\n' "$first_line"
}
put() { printf '%s\n' "$2" >"$MODEL/$1"; }
journal() { printf '%s\n' "$1" >>"$MODEL/journal"; }
log() { printf '%s\n' "$*" >>"$MODEL/argv"; }

# The ExecStart on the disk: the vendor's, or the last drop-in's.
exec_start_on_disk() {
  for conf in "$DOCKERTLS_ROOT/usr/lib/systemd/system/docker.service" "$drop_ins"/*.conf; do
    [ -f "$conf" ] || continue
    while read -r line; do
      case $line in ExecStart=?*) exec_start=${line#ExecStart=} ;; esac
    done <"$conf"
  done
  printf '%s\n' "$exec_start"
}

in_json() { [ -f "$json" ] && grep -q -- "$1" "$json"; }
path_in_json() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" "$json"; }

# what_is_wrong FLAGS FILE: what dockerd says of a configuration; nothing when it is good.
what_is_wrong() {
  [ -f "$2" ] || return 0
  said="unable to configure the Docker daemon with file $2:"
  if [ "$(tail -c 2 "$2" | tr -d '\n')" != '}' ]; then
    echo "$said unexpected EOF"
  elif grep -q '"registry-mirrorz"' "$2"; then
    echo "$said the following directives don't match any configuration option: registry-mirrorz"
  elif case " $1 " in *' -H '*) grep -q '"hosts"' "$2" ;; *) false ;; esac then
    echo "$said the following directives are specified both as a flag and in the configuration file: hosts: (from flag: [fd://], from file: [...])"
  elif grep -q '"tlsverify": *true' "$2"; then
    for name in tlscacert tlscert tlskey; do
      file=$(json=$2 path_in_json "$name")
      case $file in "$DOCKERTLS_ROOT"/*) ;; *) file=$DOCKERTLS_ROOT$file ;; esac
      [ -f "$file" ] || {
        echo "$said could not read $file: no such file or directory"
        return 0
      }
      case $name in
      tlscert) pair=$(tail -n 1 "$file") ;;
      tlskey) [ "${pair##* }" = "$(tail -n 1 "$file" | sed 's/.* //')" ] ||
        echo "$said Could not load X509 key pair: tls: private key does not match public key" ;;
      esac
    done
  fi
}

# Where the running dockerd listens for local clients: by its file, its flags, or systemd's socket.
listening_socket() {
  for listening in $(value flags | tr ' ' '\n') $(tr '",' '  ' <"$MODEL/effective") "unix://$(socket_of_systemd)"; do
    case $listening in
    unix://*)
      printf '%s\n' "${listening#unix://}"
      return 0
      ;;
    esac
  done
}

# Where docker.socket was told to listen when it was started last.
socket_of_systemd() {
  if [ -s "$MODEL/systemd-socket" ]; then value systemd-socket; else echo /var/run/docker.sock; fi
}

start_socket() {
  conf=$DOCKERTLS_ROOT/etc/systemd/system/docker.socket.d/zz-dockertls.conf
  if [ -f "$conf" ]; then told=$(sed -n 's/^ListenStream=\(..*\)/\1/p' "$conf"); else told=/var/run/docker.sock; fi
  put systemd-socket "$told"
  put socket file
}

stop_dockerd() {
  if [ "$(value active)" = active ]; then
    if [ "$(value live)" != true ]; then true >"$MODEL/containers"; fi
    # A dockerd that listened by itself takes the socket's file along.
    case $(value flags) in *fd://*) ;; *) put socket orphan ;; esac
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
  starts=$(($(value starts) + 1))
  put starts "$starts"
  if [ "$starts" -gt 3 ]; then
    journal 'docker.service: Start request repeated too quickly.'
    put active failed
    return 1
  fi
  wrong=$(what_is_wrong "$(value unit)" "$json")
  if [ -n "$wrong" ]; then fail_start "$wrong"; return 1; fi
  if [ -n "$(value refused)" ] && in_json "$(value refused)"; then
    fail_start "time=\"now\" level=info msg=\"Starting up\""
    fail_start "failed to start daemon: invalid mirror: unsupported scheme \"ftp\" in \"$(value refused)\""
    return 1
  fi
  if [ -f "$MODEL/no-validate" ] && in_json '"log-level": *"loud"'; then
    fail_start 'unable to parse logging level: loud'
    return 1
  fi
  if [ -n "$(value port-taken)" ] && in_json ":$(value port-taken)\""; then
    fail_start "failed to load listeners: listen tcp 0.0.0.0:$(value port-taken): bind: address already in use"
    return 1
  fi
  if in_json '"live-restore": *true'; then
    if [ "$(value swarm)" = active ]; then
      fail_start '--live-restore daemon configuration is incompatible with swarm mode'
      return 1
    fi
    put live true
  else
    put live false
    true >"$MODEL/containers"
  fi
  put flags "$(value unit)"
  case $(value unit) in *fd://*) ;; *) put socket file ;; esac
  if [ -f "$json" ]; then cp "$json" "$MODEL/effective"; else echo '{}' >"$MODEL/effective"; fi
  put pid $(($(value pid) + 1))
  put active active
}

restart_dockerd() {
  stop_dockerd
  start_dockerd
}

# Silent when it fails; a key that is gone from the file keeps its value.
reload_dockerd() {
  [ "$(value active)" = active ] || return 1
  if [ -f "$MODEL/reload-broken" ] || [ -n "$(what_is_wrong "$(value flags)" "$json")" ]; then
    journal 'level=error msg="Error reconfiguring the daemon: no"'
    return 0
  fi
  for word in $(value refused) $(value reload-refused); do
    ! in_json "$word" || {
      between=': '
      [ ! -f "$MODEL/logs-fields" ] || between='" error="'
      journal "time=\"now\" level=error msg=\"Error reconfiguring the daemon${between}invalid mirror: \\\"$word\\\"\""
      return 0
    }
  done
  if in_json '"live-restore": *true'; then put live true; fi
  if in_json '"live-restore": *false'; then put live false; fi
  # With the time that `date +%s.%N` gives, for GET /events.
  date +%s.%N >>"$MODEL/reloads"
}
