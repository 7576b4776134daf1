# What systemd says of docker.service.
# Reads: stop_properties. Sets: unit_show, the answer that unit_value looks things up in; new_line.

new_line='
'

read_unit() {
  unit_show=$(timeout 10 systemctl show docker.service \
    -p "LoadState,ActiveState,UnitFileState,NeedDaemonReload,MainPID,Requires,ExecStart,ExecMainStartTimestamp,EnvironmentFiles,$stop_properties")
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

# unit_says KEY=VALUE
unit_says() { case "$new_line$unit_show$new_line" in *"$new_line$1$new_line"*) ;; *) return 1 ;; esac; }

# docker_was_active: at the last read_unit.
docker_was_active() { unit_says ActiveState=active || unit_says ActiveState=reloading; }

docker_is_active() {
  case $(timeout 10 systemctl is-active docker.service) in active | reloading) ;; *) return 1 ;; esac
}

# dockerd_start: seconds since 1970, at the last read_unit; nothing when date does not understand the time.
dockerd_start() {
  started=$(unit_value ExecMainStartTimestamp)
  [ -z "$started" ] || date -d "$started" +%s
}
