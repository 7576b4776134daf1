# Reads the machine and changes nothing. Prints a line `BOUNDARY NAME` before each value, and `BOUNDARY end` last.
# Reads: settings on standard input.
# Every process costs a fleet as many times over: what the shell can do it does, and one process asks for many files.

settings_taken='boundary ca_path cert_path key_path socket data_root addresses'
ca_path=''
cert_path=''
key_path=''
# Where dockerd makes its socket; empty where local clients are served as the machine serves them.
socket=''
socket_of=dockerd
present_sockets=''
data_root=''
# Whether the machine's addresses are asked for: dockerd is to listen on some of them alone.
addresses=''
# Bytes that a file may have; of a longer one the reader takes nothing.
size_limit=65536

main() {
  set_environment
  exec 2>/dev/null
  read_settings
  exec </dev/null
  probe_machine
  probe_work
  probe_docker
  read_files
  probe_daemon_json
  probe_files
  probe_state
  probe_scripts
  value end
}

# file NAME PATH: what is in it.
file() {
  value "$1"
  [ ! -f "$2" ] || head -c $((size_limit + 1)) "$2"
}

probe_machine() {
  value os_release
  cat "$root/etc/os-release" || cat "$root/usr/lib/os-release"
  value epoch
  date +%s
  if [ "$(id -u)" = 0 ]; then text root yes; else text root no; fi
  find_missing_tool
  text missing_tool "$missing_tool"
  if [ -d "$root/run/systemd/system" ]; then text systemd yes; else text systemd no; fi
}

# probe_work: what is at work that may be about to install docker.
probe_work() {
  if [ -d "$root/run/cloud-init" ] && [ ! -e "$root/run/cloud-init/result.json" ] &&
    [ ! -e "$root/run/cloud-init/disabled" ] && [ ! -e "$root/etc/cloud/cloud-init.disabled" ]; then
    text cloud_init running
  fi
  see_processes
  value at_work
  while IFS= read -r process; do
    case ${process##*:} in '' | docker | docker-compose | rootlesskit) ;; *) printf '%s\n' "${process##*:}" ;; esac
  done <<PROCESSES
$processes
PROCESSES
}

probe_docker() {
  unit_text=$(timeout 3 systemctl cat docker.service docker.socket)
  show_docker "LoadState,ActiveState,SubState,UnitFileState,FragmentPath,DropInPaths,NeedDaemonReload,MainPID,ExecStart,ExecMainStartTimestamp,Result,Requires,TriggeredBy,Listen,$stop_properties"
  text unit_show "$unit_show"
  text socket_show "$socket_show"
  add_socket_text
  text unit_text "$unit_text"
  probe_environment_files
  probe_other_sockets
  text dockerd_start "$(dockerd_start)"
  [ -z "$data_root" ] || text data_root "$(readlink -m "$root$data_root")"
  data_root_in_file=
  [ ! -f "$root$daemon_json" ] || data_root_in_file=$(json_field data-root "$root$daemon_json")
  if [ -n "$data_root_in_file" ]; then
    text data_root_by_file "$(readlink -m "$root$data_root_in_file")"
    text data_root_by_default "$(readlink -m "$root/var/lib/docker")"
  fi
  text other_docker "$(other_docker)"
  probe_dependents
  value listeners
  ss -Hltnp || cat "$root/proc/net/tcp" "$root/proc/net/tcp6"
  if [ -n "$addresses" ] && command -v ip >/dev/null; then
    value addresses
    ip -o address show
  fi
  docker_json=
  find_systemd_socket
  case $unit_show in *ActiveState=active*) docker_info '' || docker_json= ;; esac
  text docker_info "$docker_json"
  probe_networks
  probe_socket_mounts
  probe_dockerd
}

# add_socket_text: systemctl ends at the first file that is gone, as a drop-in of docker.service may be.
add_socket_text() {
  case $socket_show in *LoadState=loaded*) ;; *) return 0 ;; esac
  case $unit_text in
  */docker.socket*) ;;
  *)
    unit_text="$unit_text
$(timeout 3 systemctl cat docker.socket)"
    ;;
  esac
}

# probe_other_sockets: socket units besides docker.socket that start docker.service, and ours with its guard.
probe_other_sockets() {
  set --
  for other_socket in $(unit_value TriggeredBy); do
    case $other_socket in docker.socket | "${api_socket##*/}") ;; *) set -- "$@" "$other_socket" ;; esac
  done
  case $(field "$state/record" files):$(unit_value TriggeredBy) in
  *"${api_socket##*/}"*) set -- "$@" "${api_socket##*/}" "${api_guard##*/}" ;;
  esac
  [ $# -gt 0 ] || return 0
  value other_sockets
  timeout 3 systemctl show "$@" -p Id,ActiveState,UnitFileState,Listen,NeedDaemonReload,DropInPaths
}

# probe_networks: an address of one that dockerd makes is not there before it.
probe_networks() {
  if [ -z "$addresses" ] || [ -z "$docker_json" ]; then return 0; fi
  value docker_networks
  get "$root$asked_socket" /networks network ls -q
}

# probe_socket_mounts: running containers that have mounted the local socket, where dockerd makes that itself: a
# restart leaves them with a dead one.
probe_socket_mounts() {
  [ -n "$docker_json" ] || return 0
  if [ -z "$socket" ] && [ ! -f "$root$socket_drop_in" ]; then
    [ ! -f "$state/record" ] || return 0
    case $unit_show in *fd://*) return 0 ;; esac
  fi
  name_twice "$asked_socket"
  value socket_mounts
  get "$root$asked_socket" "/containers/json?filters=%7B%22volume%22%3A%5B%22$asked_socket%22%2C%22$same_socket%22%5D%7D" \
    ps --filter "volume=$asked_socket" --filter "volume=$same_socket" --format '{"Names":["/{{.Names}}"]}'
}

# probe_dockerd: the version of the one that systemd would start. It takes long to say it, and one that runs and
# answers has said it already.
probe_dockerd() {
  dockerd=${unit_show#*'ExecStart={ path='}
  if [ "$dockerd" = "$unit_show" ]; then dockerd=$(command -v dockerd); else dockerd=$root${dockerd%%[ ;]*}; fi
  case ${dockerd##*/} in dockerd*) [ -x "$dockerd" ] || return 0 ;; *) return 0 ;; esac
  # shellcheck disable=SC3013 # dash, bash and busybox have it, and POSIX since 2024
  if [ -n "$docker_json" ] && [ "$root/proc/$(unit_value MainPID)/exe" -ef "$dockerd" ]; then
    text dockerd_is_current yes
    return 0
  fi
  value dockerd_version
  timeout 3 "$dockerd" --version
}

# probe_environment_files: what the unit takes variables from, in the order in which they count: a flag
# may hide in one. A pattern stands for every file that matches it.
probe_environment_files() {
  environment_files=0
  case $unit_text in *EnvironmentFile*) ;; *) return 0 ;; esac
  for pattern in $(printf '%s\n' "$unit_text" | sed -n 's/^[[:space:]]*EnvironmentFile[[:space:]]*=[[:space:]]*-\{0,1\}//p'); do
    for environment_file in "$root"$pattern; do
      if [ ! -f "$environment_file" ] || [ ! -r "$environment_file" ]; then continue; fi
      environment_files=$((environment_files + 1))
      text "environment_file_$environment_files" "${environment_file#"$root"}
"
      head -c $((size_limit + 1)) "$environment_file"
    done
  done
}

# probe_dependents: those of docker.service, and what a restart of docker.socket would take along besides.
probe_dependents() {
  find_dependents "$unit_show"
  text dependents "$dependents"
  dependents=
  follow_ties "$socket_show"
  text socket_dependents "$dependents"
  ! stop_kills_containers || text stop_kills_containers yes
}

# other_docker: one that docker.service does not run.
other_docker() {
  if [ -d "$root/snap/docker" ] || [ -f "$root/etc/systemd/system/snap.docker.dockerd.service" ]; then
    echo snap
  else
    case $processes in
    *:rootlesskit*)
      echo rootless
      return 0
      ;;
    esac
    for rootless in "$root"/home/*/.config/systemd/user/docker.service; do
      if [ -e "$rootless" ]; then
        echo rootless
        return 0
      fi
    done
  fi
}

# read_files: digests and conditions of all files that are asked about below, into file_digests and file_stats.
read_files() {
  set --
  for path in "$daemon_json" "$drop_in" "$socket_drop_in" "$restart_drop_in" "$api_socket" "$api_guard" \
    ${ca_path:+"$ca_path" "$cert_path" "$key_path"}; do
    [ ! -f "$root$path" ] || set -- "$@" "$root$path"
  done
  for path in "$state/record" "$state/original/tree$daemon_json" "$state/previous/tree$daemon_json" "$state"/script-*; do
    [ ! -f "$path" ] || set -- "$@" "$path"
  done
  file_digests='' file_stats=''
  [ $# -gt 0 ] || return 0
  file_digests=$(sha256sum "$@")
  file_stats=$(stat -c '%n %s %Y %a %u %g' "$@")
}

# read_file PATH: what read_files found of it, into file_digest, file_size, file_time, and file_mode with the owners.
read_file() {
  file_digest='' file_size='' file_time='' file_mode=''
  while read -r found_digest found_path; do
    [ "$found_path" != "$1" ] || file_digest=$found_digest
  done <<DIGESTS
$file_digests
DIGESTS
  while read -r found_path found_size found_time found_mode; do
    [ "$found_path" != "$1" ] || file_size=$found_size file_time=$found_time file_mode=$found_mode
  done <<STATS
$file_stats
STATS
}

kind_of() {
  if [ -L "$1" ]; then
    echo symlink
  elif [ -f "$1" ]; then
    if [ "$file_size" -gt "$size_limit" ]; then echo long; else echo file; fi
  elif [ -e "$1" ]; then
    echo other
  else
    echo absent
  fi
}

probe_daemon_json() {
  read_file "$root$daemon_json"
  text daemon_json_kind "$(kind_of "$root$daemon_json")"
  text daemon_json_stat "$file_mode"
  text daemon_json_time "$file_time"
  file daemon_json "$root$daemon_json"
}

# digest_and_mode NAME PATH
digest_and_mode() {
  read_file "$root$2"
  text "$1" "${file_digest:+$file_digest $file_mode}"
}

probe_files() {
  if [ -n "$ca_path" ]; then
    digest_and_mode tls_ca "$ca_path"
    digest_and_mode tls_cert "$cert_path"
    digest_and_mode tls_key "$key_path"
    file tls_cert_text "$root$cert_path"
    for path in "$ca_path" "$cert_path" "$key_path"; do
      ! is_foreign_file "$path" || text tls_of_others "$path"
    done
  fi
  digest_and_mode dropin "$drop_in"
  digest_and_mode socket_dropin "$socket_drop_in"
  digest_and_mode restart_dropin "$restart_drop_in"
  digest_and_mode api_socket "$api_socket"
  digest_and_mode api_guard "$api_guard"
  ! socket_is_taken || text socket_is_taken yes
  find_blocked_path
  [ -z "$blocked_path" ] || text blocked_path "$blocked_why $blocked_path"
  find_open_path
  [ -n "$open_directory" ] || return 0
  text open_directory "$open_directory
"
  stat -L -c '%a %u %g' "$root$open_directory"
  printf '%s\n' "$open_path"
}

# probe_state: the daemon.json from which a merge starts is the one that is there, unless a killed run left that.
probe_state() {
  file record "$state/record"
  read_file "$state/record"
  text record_time "$file_time"
  recorded_run=$state/run-$(field "$state/record" run)
  file base "$recorded_run/base.json"
  file current "$recorded_run/current.json"
  if [ -f "$state/record" ] || [ -f "$state/pending" ]; then
    probe_saved original "$state/original"
  fi
  [ -f "$state/pending" ] || return 0
  file pending "$state/pending"
  read_file "$root$daemon_json"
  if grep -qxF "wrote=${file_digest:-absent}" "$state/pending"; then probe_saved settled "$state/previous"; fi
}

probe_saved() {
  if in_manifest "$2" "file $daemon_json"; then
    read_file "$2/tree$daemon_json"
    text "${1}_kind" file
    text "${1}_stat" "$file_mode"
    file "${1}_daemon_json" "$2/tree$daemon_json"
  else
    text "${1}_kind" absent
  fi
}

# probe_scripts: those whose name is their digest.
probe_scripts() {
  value scripts
  for script in "$state"/script-*; do
    read_file "$script"
    [ "$file_digest" != "${script##*/script-}" ] || echo "$file_digest"
  done
}
