# When systemd starts dockerd by itself: at boot, and again after a failure.
# Reads: the states' facts.

# In effect until the next run or boot.
trying=/run/systemd/system/docker.service.d/zz-dockertls-restart.conf

# enable_docker: a machine whose docker does not start at boot would be unreachable after it.
enable_docker() {
  unit_says UnitFileState=disabled || return 0
  step enable
  timeout 30 systemctl enable docker.service
}

# restore_enabled STATE: whether docker started at boot then.
restore_enabled() {
  if [ "$(field "$1/facts" enabled)" = disabled ] && read_unit && unit_says UnitFileState=enabled; then
    step disable
    timeout 30 systemctl disable docker.service
  fi
  :
}

# keep_trying: dockerd is down, and the cause may pass, as when another program has taken the port. On the
# machine's own files systemd would give up after a few starts.
keep_trying() {
  # A docker that was stopped when this run began stays so.
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

# stop_trying: this run starts dockerd itself.
stop_trying() {
  [ -f "$root$trying" ] || return 0
  rm -f "$root$trying"
  rmdir "$root${trying%/*}" || :
  timeout 30 systemctl daemon-reload
}
