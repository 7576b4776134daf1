# Reloads dockerd, and proves by its own word that it took the reload.
# Reads: socket, port. Sets: docker_why (why it failed), docker_refused (dockerd's own reason), reload_taken.

docker_refused=
# How often dockerd is asked whether it took a reload, ten times a second.
reload_tries=40
# Whether dockerd has taken a reload of this run.
reload_taken=no

# reload_onto STATE LABEL: a staged state that differs from what is there in daemon.json alone.
reload_onto() {
  docker_why='a file could not be put in place'
  install_all "$1" "$2" exact || return 1
  step "$2-reload"
  reload_docker "$socket" || return 1
  reload_taken=yes
  step "$2-reload-assert"
  docker_serves "$port" "$socket"
}

# reload_docker SOCKET: dockerd's own event proves that it took up daemon.json.
reload_docker() { reload_and "$reload_tries" dockerd_reloaded "$1"; }

# dockerd_reloaded SOCKET: since the last signal.
dockerd_reloaded() {
  reload_until_now=$(date +%s.%N)
  reload_filters='%7B%22type%22%3A%7B%22daemon%22%3Atrue%7D%2C%22event%22%3A%7B%22reload%22%3Atrue%7D%7D'
  reload_events=$(get "$root$1" "/events?since=$reload_since&until=$reload_until_now&filters=$reload_filters" \
    events --since "$reload_since" --until "$reload_until_now" --filter type=daemon --filter event=reload)
  [ -n "$reload_events" ]
}

# reload_until true|false [TRIES]: dockerd's own word on live-restore, on whichever socket it answers.
reload_until() { reload_and "${2:-$reload_tries}" says_live_restore "$1"; }

says_live_restore() { docker_info && live_restore_is "$1"; }

# reload_and TRIES QUESTION...: `systemctl reload` returns 0 even if dockerd refused the file, so only dockerd's
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
  docker_why=${docker_refused:-dockerd does not say that it took the reload}
  return 1
}

# signal_reload: a unit that somebody wrote by hand may have no ExecReload.
signal_reload() {
  timeout 30 systemctl reload docker.service || timeout 30 systemctl kill -s HUP --kill-who=main docker.service || :
}
