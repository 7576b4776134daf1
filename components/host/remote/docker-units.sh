# What systemd says of docker, to the scripts that only look.
# Reads: unused_socket. Sets: unit_show, socket_show, systemd_socket.

# show_docker PROPERTIES: of docker.service into unit_show, of docker.socket into socket_show.
show_docker() {
  units_show=$(timeout 3 systemctl show docker.service docker.socket -p "$1")
  # A paragraph for each of the two.
  unit_show=${units_show%%"

"*}
  socket_show=${units_show#*"

"}
}

# find_systemd_socket: the path on which systemd listens for dockerd, unless nobody answers there.
find_systemd_socket() {
  case $socket_show in *'Listen=/'*) ;; *) return 0 ;; esac
  systemd_socket=${socket_show#*Listen=/}
  systemd_socket=/${systemd_socket%%[ (]*}
  [ "$systemd_socket" != "$unused_socket" ] || systemd_socket=''
}
