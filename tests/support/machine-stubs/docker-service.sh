# How docker.service and docker.socket start, stop and reload, in the model of model.sh.
# shellcheck shell=sh disable=SC2154 # the answers are model.sh's
json=$DOCKERTLS_ROOT/etc/docker/daemon.json

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
    load_text "$MODEL/effective"
    case $value$text in *fd://*) ;; *) put socket orphan ;; esac
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
  if is guard-missing yes; then
    journal 'Unit dockertls-api.service not found.'
    return 1
  fi
  start_api_socket
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
  case $unit$text in *fd://*) ;; *) put socket file ;; esac
  if [ -f "$json" ]; then printf '%s' "$text" >"$MODEL/effective"; else put effective '{}'; fi
  load pid
  put pid $((value + 1))
  put active active
}

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
