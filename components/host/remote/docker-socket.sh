# docker.socket: systemd's own listener for dockerd, which docker.service requires.

# check_docker_socket: systemd refuses every start of a unit that requires a masked one, so dockerd would
# not come up again once it has stopped, on the new configuration or on the old one.
check_docker_socket() {
  step check-docker-socket
  case $(timeout 10 systemctl show docker.service -p Requires) in *docker.socket*) ;; *) return 0 ;; esac
  case $(timeout 10 systemctl show docker.socket -p LoadState) in
  *=masked) refuse 'docker.socket: masked; docker.service requires it, so dockerd could not be started again; nothing was touched; run systemctl unmask docker.socket, and systemctl disable docker.socket if that is what was meant' ;;
  esac
}
