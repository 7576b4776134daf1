# What must hold before anything is touched.
# Reads: the envelope, the unit, the desired state. Sets: found and settled, digests of daemon.json.

check_docker() {
  step check-docker
  read_unit
  load_state=$(unit_value LoadState)
  case $load_state in
  loaded) ;;
  masked) refuse 'docker.service: masked; dockerd cannot be started; nothing was touched; run systemctl unmask docker.service' ;;
  not-found) refuse 'docker: not installed; there is no docker.service; nothing was touched; install docker.io or docker-ce on the machine' ;;
  *) refuse "docker.service: systemd says LoadState=$load_state; nothing was touched; look at systemctl status docker.service" ;;
  esac
}

# check_docker_socket: by the last read_unit. systemd refuses to start a unit that requires a masked one. dockerd could not be started
# again, on the new configuration or on the old one. Sets: socket_show.
check_docker_socket() {
  step check-docker-socket
  socket_show=
  case $(unit_value Requires) in *docker.socket*) ;; *) return 0 ;; esac
  socket_show=$(timeout 10 systemctl show docker.socket -p "LoadState,$ties")
  case $socket_show in
  *LoadState=masked*) refuse 'docker.socket: masked; docker.service requires it, so dockerd could not be started again; nothing was touched; run systemctl unmask docker.socket, and systemctl disable docker.socket if that is what was meant' ;;
  esac
}

# check_paths: every target is a file of its own, on a way that only root can change.
check_paths() {
  step check-places
  if socket_is_taken; then
    refuse "$socket: exists and is not a socket; dockerd would delete it; nothing was touched; choose another path in socket"
  fi
  find_open_path
  [ -z "$open_directory" ] ||
    refuse "$open_directory: somebody besides root can write in it, and it leads to $open_path; they could put a file of their own in its place; nothing was touched; chown it to root and chmod go-w it"
  find_blocked_path
  case $blocked_why in
  directory) refuse "$blocked_path: is a directory; a file belongs there; nothing was touched; move it away" ;;
  no-directory) refuse "$blocked_path: is not a directory; nothing was touched; move it away or choose another tls.directory" ;;
  read-only) refuse "$blocked_path: read-only; nothing was touched; remount it or choose another tls.directory" ;;
  esac
  for path in ${ca_path:+"$ca_path" "$cert_path" "$key_path"}; do
    ! is_foreign_file "$path" ||
      refuse "$path: exists and is neither a certificate nor a key; something else may need it; nothing was touched; choose other tls.files or another tls.directory"
  done
  if [ -L "$root$daemon_json" ] || { [ -e "$root$daemon_json" ] && [ ! -f "$root$daemon_json" ]; }; then
    refuse 'daemon.json: not a regular file; replacing it would cut it off from what maintains it; nothing was touched; make /etc/docker/daemon.json a plain file'
  fi
}

# check_base: the merge must have started from what is there, or from what this program put there.
check_base() {
  step check-base
  found=$(digest "$root$daemon_json")
  find_settled
  case $base_sha in "$found" | "$settled") return 0 ;; esac
  if [ -f "$state/record" ]; then
    if [ "$settled" = "$(field "$state/record" daemon_json)" ]; then return 0; fi
    # Somebody removed it: a merge can only start from what the last one started from.
    if [ "$settled" = absent ] && [ "$base_sha" = "$(field "$state/record" base_sha)" ]; then return 0; fi
  fi
  refuse 'daemon.json: changed on the machine since it was read; someone else is changing it; nothing was touched; run pulumi up again'
}

# find_settled: the digest of the daemon.json that the last run left, or that somebody has edited since. Nobody
# asked for what a killed run left there.
find_settled() {
  settled=$found
  if [ -f "$state/pending" ] && grep -qxF "wrote=$settled" "$state/pending"; then
    settled=$(state_digest "$state/previous")
  fi
}

check_port() {
  step check-port
  listener=$(foreign_listener "$port")
  if [ -n "$listener" ]; then
    refuse "port $port: $listener listens there; dockerd cannot listen there as well; nothing was touched; stop it or choose another port"
  fi
}

# foreign_listener PORT: what else listens where dockerd is to listen, if ss can tell. Our dockerd is the one
# that systemd started: another one, in a container say, is as much in the way.
foreign_listener() {
  command -v ss >/dev/null || return 0
  ss -Hltnp "sport = :$1" | while read -r _ _ _ listening _ listener; do
    case $listener in
    # A socket that systemd hands to dockerd is held by both.
    *'"systemd",pid=1,'*)
      ! api_socket_holds "$1" || continue
      listener='users:(("systemd, for a socket unit",pid=1,'
      ;;
    '' | *",pid=$(unit_value MainPID),"*) continue ;;
    esac
    if blocks_listening "${listening%:*}"; then
      printf '%s\n' "$listener" | sed 's/^users:(("\([^"]*\)",pid=\([0-9]*\).*/\1 (pid \2)/'
      return 0
    fi
  done
}

# api_socket_holds PORT: our own socket unit does.
api_socket_holds() {
  held=$(timeout 10 systemctl show dockertls-api.socket -p ActiveState,Listen)
  case $held in *ActiveState=active*) ;; *) return 1 ;; esac
  case $held in *":$1 (Stream)"*) ;; *) return 1 ;; esac
}

# blocks_listening ADDRESS: whether a listener there, as ss writes it, keeps dockerd from listening.
blocks_listening() {
  listening_at=${1#[}
  case " $addresses " in *' 0.0.0.0 '* | *' :: '* | *" ${listening_at%]} "*) return 0 ;; esac
  case ${listening_at%]} in '*' | 0.0.0.0 | ::) ;; *) return 1 ;; esac
}

# check_found: others may have edited daemon.json since dockerd started. A restart would show what is wrong with
# it, and the rollback would start dockerd on that same file. A running dockerd says it as well, and loses
# nothing when it refuses a reload. What only a start finds is left to fall_back.
check_found() {
  step check-found
  # Nobody asked for what a killed run has left, and it may not fit the drop-in that lies there.
  [ ! -f "$state/pending" ] && [ "$found" != absent ] && [ "$found" != "$(field "$state/record" daemon_json)" ] && docker_was_active || return 0
  see_untried
  [ $found_is_untried = yes ] || return 0
  docker_info || return 0
  if reload_docker "$asked_socket"; then docker_refused=''; fi
  case $docker_refused in
  # Somebody may be about to change the unit as well, and then it starts.
  *'specified both as a flag'*) ;;
  # Only what it says of a configuration: its log has other lines as well.
  *onfigur* | *'may hold a secret'*)
    refuse "daemon.json: dockerd does not take the one that is there ($docker_refused), and is unlikely to start on it again; nothing was written; correct /etc/docker/daemon.json on the machine"
    ;;
  esac
}
