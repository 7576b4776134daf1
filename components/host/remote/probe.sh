# Reads the machine and changes nothing. Prints `NAME BASE64` lines (`-` when empty), `end` last.
# Reads: settings on standard input.

ca_path=''
cert_path=''
key_path=''
socket=''
present_sockets=''
data_root=''

main() {
  set_environment
  exec 2>/dev/null
  probe_settings
  exec </dev/null
  probe_machine
  probe_docker
  probe_daemon_json
  probe_files
  probe_state
  probe_scripts
  echo end
}

probe_settings() {
  while IFS=' ' read -r word name value; do
    case $word:$name in
    set:ca_path) ca_path=$(decode "$value") ;;
    set:cert_path) cert_path=$(decode "$value") ;;
    set:key_path) key_path=$(decode "$value") ;;
    set:socket) socket=$(decode "$value") ;;
    set:data_root) data_root=$(decode "$value") ;;
    end:*) return 0 ;;
    esac
  done
}

decode() { [ "$1" = - ] || printf '%s' "$1" | base64 -d; }

# emit NAME: stdin as its value.
emit() {
  emitted=$(base64 -w 0)
  printf '%s %s\n' "$1" "${emitted:--}"
}

emit_text() { printf '%s' "$2" | emit "$1"; }

# emit_file NAME PATH: nothing of a file that is too long for what it should be.
emit_file() {
  if [ -f "$2" ] && [ -r "$2" ] && ! is_long "$2"; then emit "$1" <"$2"; else echo "$1 -"; fi
}

is_long() { [ "$(stat -L -c %s "$1")" -gt 1048576 ]; }

probe_machine() {
  { cat "$root/etc/os-release" || cat "$root/usr/lib/os-release"; } | emit os_release
  emit_text hostname "$(uname -n)"
  emit_text architecture "$(uname -m)"
  emit_text epoch "$(date +%s)"
  if [ "$(id -u)" = 0 ]; then emit_text root yes; else emit_text root no; fi
  if [ -d "$root/run/systemd/system" ]; then emit_text systemd yes; else emit_text systemd no; fi
}

probe_docker() {
  unit_text=$(timeout 3 systemctl cat docker.service)
  emit_text unit_text "$unit_text"
  emit_environment_files
  unit_show=$(timeout 3 systemctl show docker.service \
    -p LoadState,ActiveState,SubState,UnitFileState,FragmentPath,DropInPaths,NeedDaemonReload,MainPID,ExecStart,ExecMainStartTimestamp,Result,Requires)
  emit_text unit_show "$unit_show"
  emit_text socket_load_state "$(timeout 3 systemctl show docker.socket -p LoadState | sed 's/^LoadState=//')"
  dockerd=$(printf '%s\n' "$unit_show" | sed -n 's/^ExecStart={ path=\([^ ;]*\).*/\1/p' | head -n 1)
  if [ -n "$dockerd" ]; then dockerd=$root$dockerd; else dockerd=$(command -v dockerd); fi
  case ${dockerd##*/} in dockerd*) [ ! -x "$dockerd" ] || emit_text dockerd_version "$(timeout 3 "$dockerd" --version)" ;; esac
  emit_text dockerd_start "$(dockerd_start)"
  [ -z "$data_root" ] || emit_text data_root "$(readlink -m "$root$data_root")"
  data_root_in_file=$(json_field data-root "$root$daemon_json")
  [ -z "$data_root_in_file" ] || emit_text data_root_by_file "$(readlink -m "$root$data_root_in_file")"
  emit_text other_docker "$(other_docker)"
  { ss -Hltnp || cat "$root/proc/net/tcp" "$root/proc/net/tcp6"; } | emit listeners
  docker_json=
  case $unit_show in *ActiveState=active*) docker_info '' || docker_json= ;; esac
  emit_text docker_info "$docker_json"
}

# emit_environment_files: what the unit takes variables from, in the order in which they count: a flag
# may hide in one. A pattern stands for every file that matches it.
emit_environment_files() {
  environment_files=0
  for pattern in $(printf '%s\n' "$unit_text" | sed -n 's/^[[:space:]]*EnvironmentFile[[:space:]]*=[[:space:]]*-\{0,1\}//p'); do
    for environment_file in "$root"$pattern; do
      if [ ! -f "$environment_file" ] || [ ! -r "$environment_file" ] || is_long "$environment_file"; then continue; fi
      environment_files=$((environment_files + 1))
      { printf '%s\n' "${environment_file#"$root"}" && cat "$environment_file"; } |
        emit "environment_file_$environment_files"
    done
  done
}

# other_docker: one that docker.service does not run.
other_docker() {
  if [ -d "$root/snap/docker" ] || [ -f "$root/etc/systemd/system/snap.docker.dockerd.service" ]; then
    echo snap
  elif grep -lsxF rootlesskit "$root"/proc/[0-9]*/comm | grep -q . ||
    ls "$root"/home/*/.config/systemd/user/docker.service >/dev/null; then
    echo rootless
  fi
}

kind_of() {
  if [ -L "$1" ]; then
    echo symlink
  elif [ -f "$1" ]; then
    if is_long "$1"; then echo long; else echo file; fi
  elif [ -e "$1" ]; then
    echo other
  else
    echo absent
  fi
}

probe_daemon_json() {
  emit_text daemon_json_kind "$(kind_of "$root$daemon_json")"
  emit_text daemon_json_stat "$(stat -c '%a %u %g' "$root$daemon_json")"
  emit_text daemon_json_time "$(stat -c %Y "$root$daemon_json")"
  emit_file daemon_json "$root$daemon_json"
}

# digest_and_stat PATH
digest_and_stat() {
  [ ! -f "$1" ] || printf '%s %s\n' "$(digest "$1")" "$(stat -c '%a %u %g' "$1")"
}

probe_files() {
  if [ -n "$ca_path" ]; then
    emit_text tls_ca "$(digest_and_stat "$root$ca_path")"
    emit_text tls_cert "$(digest_and_stat "$root$cert_path")"
    emit_text tls_key "$(digest_and_stat "$root$key_path")"
    emit_file tls_cert_text "$root$cert_path"
    for path in "$ca_path" "$cert_path" "$key_path"; do
      ! is_foreign_file "$path" || emit_text tls_of_others "$path"
    done
  fi
  emit_text dropin "$(digest_and_stat "$root$drop_in")"
  emit_text socket_dropin "$(digest_and_stat "$root$socket_drop_in")"
  emit_text restart_dropin "$(digest_and_stat "$root$restart_drop_in")"
  ! socket_is_taken || emit_text socket_is_taken yes
  find_open_path
  [ -z "$open_directory" ] || printf '%s\n' "$open_directory" "$(stat -L -c '%a %u %g' "$root$open_directory")" "$open_path" | emit open_directory
}

# probe_scripts: those whose name is their digest.
probe_scripts() {
  for script in "$state"/script-*; do
    if [ -f "$script" ] && [ "$(digest "$script")" = "${script##*/script-}" ]; then echo "${script##*/script-}"; fi
  done | emit scripts
}

# probe_state: settled_daemon_json, from which a merge starts, is the file, unless a killed run left it there.
probe_state() {
  emit_file record "$state/record"
  emit_text record_time "$(stat -c %Y "$state/record")"
  [ ! -f "$state/pending" ] || emit pending <"$state/pending"
  emit_file base "$state/run-$(field "$state/record" run)/base.json"
  emit_file current "$state/run-$(field "$state/record" run)/current.json"
  if [ -f "$state/record" ] || [ -f "$state/pending" ]; then
    probe_saved original "$state/original"
  fi
  if [ -f "$state/pending" ] && grep -qxF "wrote=$(digest "$root$daemon_json")" "$state/pending"; then
    probe_saved settled "$state/previous"
  else
    emit_text settled_kind "$(kind_of "$root$daemon_json")"
    emit_file settled_daemon_json "$root$daemon_json"
  fi
}

probe_saved() {
  if in_manifest "$2" "file $daemon_json"; then
    emit_text "${1}_kind" file
    emit_text "${1}_stat" "$(stat -c '%a %u %g' "$2/tree$daemon_json")"
    emit_file "${1}_daemon_json" "$2/tree$daemon_json"
  else
    emit_text "${1}_kind" absent
  fi
}
