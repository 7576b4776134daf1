# What a restart of dockerd takes along, live-restore or not: units that systemd stops with it, units whose main
# process is a docker client, which ends when dockerd hangs up, and containers in docker.service's own cgroup.
# Sets: processes; dependents, a line each: a unit, and the name of the container that it runs, or -.

# What systemd says of a unit by which others stop with it, and of what its stop does.
ties=RequiredBy,RequisiteOf,BoundBy,ConsistsOf,PropagatesStopTo
stop_properties=$ties,KillMode,ControlGroup,ExecStop,ExecStopPost

# see_processes: those whose name says something, as PATH/PID/comm:NAME.
see_processes() {
  processes=$(grep -sxFH -e rootlesskit -e docker -e docker-compose -e apt -e apt-get -e aptitude -e dpkg -e rpm -e dnf \
    -e dnf5 -e microdnf -e yum -e zypper "$root"/proc/[0-9]*/comm || :)
}

# find_dependents SHOW: by an answer of `systemctl show docker.service` and the last see_processes. Where there are
# none, it starts no process.
find_dependents() {
  dependents='' followed=' docker.service docker.socket '
  follow_ties "$1"
  find_clients
  [ -n "$client_units" ] || return 0
  # shellcheck disable=SC2086 # names of units
  show_units $client_units
  read_units "$units_shown" client
}

# follow_ties SHOW: adds what stops with the unit that SHOW is about, what stops with that, and so on.
follow_ties() {
  read_units "$1" tied
  while [ -n "$tied" ]; do
    # shellcheck disable=SC2086 # names of units
    show_units $tied
    read_units "$units_shown" tied
  done
}

show_units() { units_shown=$(timeout 10 systemctl show -p "Id,ActiveState,MainPID,ExecStart,$ties" -- "$@" || :); }

# read_units SHOW tied|client: adds those that a restart would end to dependents. Sets tied: what stops with them.
read_units() {
  tied=''
  next_unit
  while IFS= read -r unit_line; do
    case $unit_line in
    '')
      end_of_unit "$2"
      next_unit
      ;;
    Id=*) unit=${unit_line#*=} ;;
    ActiveState=*) unit_state=${unit_line#*=} ;;
    MainPID=*) unit_pid=${unit_line#*=} ;;
    ExecStart=*/docker\ *\ --name[\ =]*)
      unit_container=${unit_line#* --name[ =]}
      unit_container=${unit_container%%[ ;]*}
      ;;
    RequiredBy=* | RequisiteOf=* | BoundBy=* | ConsistsOf=* | PropagatesStopTo=*) unit_ties="$unit_ties ${unit_line#*=}" ;;
    esac
  done <<UNITS
$1

UNITS
}

next_unit() { unit='' unit_state='' unit_pid='' unit_container='' unit_ties=''; }

# end_of_unit tied|client: a unit without a name is docker's own. A target that stops does nothing by itself.
end_of_unit() {
  case $1:$unit:$unit_state in
  tied::*) ;;
  *:inactive | *:failed | client:*:activating) return 0 ;;
  tied:*.target:*) ;;
  client:*)
    case $clients in *" $unit_pid/$unit "*) add_dependent ;; esac
    return 0
    ;;
  *) add_dependent ;;
  esac
  for tied_unit in $unit_ties; do
    case $followed in *" $tied_unit "*) continue ;; esac
    followed="$followed$tied_unit " tied="$tied $tied_unit"
  done
}

add_dependent() {
  case $unit_container in '' | *[!a-zA-Z0-9_.-]*) unit_container=- ;; esac
  dependents="$dependents$unit $unit_container
"
}

# find_clients: into clients, a word PID/UNIT for each docker client in a unit, and one for its parent, which may be
# the unit's script; into client_units, those units.
find_clients() {
  clients=' ' client_units=''
  while IFS= read -r client; do
    case $client in *:docker | *:docker-compose) client=${client%/comm:*} ;; *) continue ;; esac
    client_unit=$(unit_of_process "$client")
    case $followed in *" ${client_unit:-docker.service} "*) continue ;; esac
    read -r _ _ _ client_parent _ <"$client/stat" || continue
    clients="$clients${client##*/}/$client_unit $client_parent/$client_unit "
    followed="$followed$client_unit " client_units="$client_units $client_unit"
  done <<PROCESSES
$processes
PROCESSES
}

# unit_of_process FOLDER: the service in whose cgroup it is, if any.
unit_of_process() {
  while IFS= read -r cgroup; do
    case $cgroup in 0::* | *:name=systemd:*) ;; *) continue ;; esac
    while [ -n "$cgroup" ]; do
      case $cgroup in
      */*.service)
        cgroup=${cgroup##*/}
        printf '%s\n' "$cgroup"
        return 0
        ;;
      */*) cgroup=${cgroup%/*} ;;
      *) cgroup='' ;;
      esac
    done
  done <"$1/cgroup"
}

# has_stop_hook: whether a command of somebody runs when docker.service stops.
has_stop_hook() { case $unit_show in *'ExecStop={'* | *'ExecStopPost={'*) ;; *) return 1 ;; esac; }

# stop_kills_containers: those of a dockerd that has started its own containerd are in docker.service's cgroup with
# their shims, and only some values of KillMode leave them there.
stop_kills_containers() {
  case $unit_show in *KillMode=process* | *KillMode=none*) return 1 ;; *KillMode=?*) ;; *) return 1 ;; esac
  unit_cgroup=$(unit_value ControlGroup)
  [ -n "$unit_cgroup" ] || return 1
  for cgroup_processes in "$root/sys/fs/cgroup$unit_cgroup" "$root/sys/fs/cgroup/systemd$unit_cgroup"; do
    [ -r "$cgroup_processes/cgroup.procs" ] || continue
    while read -r cgroup_process; do
      process_name=
      read -r process_name <"$root/proc/$cgroup_process/comm" || :
      case $process_name in containerd-shim*) return 0 ;; esac
    done <"$cgroup_processes/cgroup.procs"
  done
  return 1
}
