# A run on machine B: how it starts, receives its envelope, and says how it ended.
#
# The parts are put together to one text, shared ones first: see scripts.ts beside this file.

# Empty on a machine; the tests point it at a scratch directory.
root=${DOCKERTLS_ROOT:-}
state=$root/var/lib/dockertls
daemon_json=/etc/docker/daemon.json
drop_in=/etc/systemd/system/docker.service.d/zz-dockertls.conf
socket_drop_in=/etc/systemd/system/docker.socket.d/zz-dockertls.conf
restart_drop_in=/etc/systemd/system/docker.service.d/zz-dockertls-restart.conf
default_socket=/var/run/docker.sock
lock_limit=120

run=
run_id=
owner=''
# Where and by which claim it holds the machine, and whom it may follow (see ownership.sh).
address=''
fencing_token=''
previous_owner=''
api=''
# Where the TLS files belong; empty with plain TCP.
ca_path=''
cert_path=''
key_path=''
port=''
# Where dockerd shall listen, and on which socket for local clients.
addresses=''
socket=''
# A path that only systemd knows (see components/model/unit.ts).
unused_socket=/run/dockertls-unused.sock
# Where dockerd listens locally by the machine's own configuration.
present_sockets=''
socket_moves=no
# The one on which dockerd answered last.
asked_socket=''
base_sha=''
# What of the wanted state only a start of dockerd puts in effect, and the keys that stick.
restart=''
sticky=''
live_restore=''
current_live_restore=''
undo_live_restore=''
managed_keys=''
# Set anew where a look found drift; what that needs, and the daemon.json that it was found in.
repair=''
repair_effect=''
repair_from=''
allow_container_restart=''
hidden=''
# Words of the values that others have put into daemon.json; see components/model/foreign-words.ts.
foreign_words=''
outcome=
current_step=begin
transaction=none
full_disk='disk: /var/lib/dockertls cannot be written; full or read-only; nothing was touched; make room and run again'

step() { current_step=$1; }

trap ended_early EXIT

ended_early() {
  ended_status=$?
  [ -z "$outcome" ] || exit "$ended_status"
  ended_why="the script stopped unexpectedly (step $current_step, status $ended_status)"
  case $transaction in
  none) end_run 10 '' "machine: $ended_why; nothing was touched; report this" ;;
  open) roll_back "$ended_why" ;;
  *) end_run 40 '' "machine: $ended_why; it may be half done; run again, and report this" ;;
  esac
}

# Output goes to /dev/null and the outcome is printed once, at the end: a script whose connection
# dropped would otherwise die at its next write, in the middle of the transaction.
begin() {
  set -u
  umask 077
  LC_ALL=C
  PATH=$PATH:$root/usr/local/sbin:$root/usr/sbin:$root/sbin
  export LC_ALL PATH
  unset CDPATH DOCKER_HOST DOCKER_CONTEXT DOCKER_TLS_VERIFY DOCKER_CERT_PATH DOCKER_CONFIG
  trap '' HUP PIPE
  exec 3>&1 4>&2 >/dev/null 2>&1
}

# end_run STATUS STDOUT STDERR
end_run() {
  outcome=$1
  if [ -n "$run" ]; then
    case $run_id in
    "$(field "$state/pending" run)" | "$(field "$state/record" run)")
      rm -rf "$run/inbox" "$run/found" "$run/pending" "$run/validate.json"
      ;;
    *) rm -rf "$run" ;;
    esac
    # Half a backup, where the disk was full.
    [ -f "$state/pending" ] || rm -rf "$state/previous"
    # A machine that stays as it was keeps nothing of ours, the script that runs here included.
    [ -f "$state/pending" ] || [ -f "$state/record" ] || rm -rf "$state/original" "$state"/script-* "$state/dockertls.sh"
    rmdir "$state"
  fi
  [ -z "$2" ] || printf '%s\n' "$2" >&3
  [ -z "$3" ] || one_line "$3" 1000 >&4
  exit "$1"
}

refuse() { end_run 10 '' "$1"; }

# one_line TEXT LIMIT: no control characters.
one_line() {
  printf '%s' "$1" | tr -c '[:print:]' ' ' | cut -c "1-$2"
}

# log TEXT: one line in the system's own journal.
log() {
  if command -v logger; then logger -t dockertls -- "$1" || :; fi
}

need_root() {
  [ "$(id -u)" = 0 ] || refuse "ssh: this user is not root; the files of dockerd belong to root; log in as root or set sudo: true for this host"
  [ -d "$root/run/systemd/system" ] || refuse 'machine: systemd is not running; dockerd is restarted through it; use a machine that systemd boots'
  for tool in base64 cp cut flock grep install mv sed sha256sum sort stat sync systemctl timeout; do
    command -v "$tool" || refuse "machine: $tool is missing; the transaction needs it; install coreutils, grep, sed and util-linux"
  done
}

take_lock() {
  step lock
  # A redirection that fails ends the shell when it is exec's own, so it is tried before.
  (true >>"$root/run/dockertls.lock") || refuse 'lock: /run/dockertls.lock cannot be opened; /run is full or read-only; look at the machine'
  exec 9>>"$root/run/dockertls.lock"
  flock -w "$lock_limit" 9 || refuse "lock: another run holds the lock; it has not ended within $lock_limit s; run again when it has"
}

# open_run: the state directory, and in it a directory of this run's own.
open_run() {
  step open-run
  [ ! -L "$state" ] || refuse 'state: /var/lib/dockertls is a symbolic link; others could steer it; nothing was touched; remove it'
  [ -d "$state" ] || mkdir -m 0700 "$state" || refuse "$full_disk"
  chmod 0700 "$state" || refuse "$full_disk"
  run_id=$(cat /proc/sys/kernel/random/uuid)
  run=$state/run-$run_id
  mkdir "$run" "$run/inbox" || refuse "$full_disk"
}

# receive: the envelope's settings into variables, its files into $run/inbox.
receive() {
  step receive
  received='cut short'
  while IFS=' ' read -r word name first second; do
    case $word in
    set) receive_setting "$name" "$first" || break ;;
    file) receive_file "$name" "$first" "$second" || break ;;
    end)
      [ "$received" = unwritten ] || received=whole
      break
      ;;
    *) break ;;
    esac
  done
  exec </dev/null
  case $received in
  whole) ;;
  'cut short') refuse 'envelope: cut short on its way; nothing was touched; run pulumi up again' ;;
  *) refuse "$full_disk" ;;
  esac
}

receive_setting() {
  value=
  case $2 in
  -) ;;
  '' | *[!A-Za-z0-9+/=]*) return 1 ;;
  *) value=$(printf '%s' "$2" | base64 -d) || return 1 ;;
  esac
  # shellcheck disable=SC2034 # apply.sh and remove.sh use some of them each, probe.sh none
  case $1 in
  owner) owner=$value ;;
  address) address=$value ;;
  claim) fencing_token=$value ;;
  former) previous_owner=$value ;;
  api) api=$value ;;
  ca_path) ca_path=$value ;;
  cert_path) cert_path=$value ;;
  key_path) key_path=$value ;;
  port) port=$value ;;
  addresses) addresses=$value ;;
  socket) socket=$value ;;
  present_sockets) present_sockets=$value ;;
  base_sha) base_sha=$value ;;
  restart) restart=$value ;;
  sticky) sticky=$value ;;
  live_restore) live_restore=$value ;;
  current_live_restore) current_live_restore=$value ;;
  undo_live_restore) undo_live_restore=$value ;;
  managed) managed_keys=$value ;;
  repair) repair=$value ;;
  repair_effect) repair_effect=$value ;;
  repair_from) repair_from=$value ;;
  allow_container_restart) allow_container_restart=$value ;;
  hidden) hidden=$value ;;
  foreign_words) foreign_words=$value ;;
  esac
}

# receive_file NAME MODE BASE64. printf is a builtin: the content is in no process's arguments.
receive_file() {
  case $1 in *[!a-z.]* | '' | .* | *..*) return 1 ;; esac
  case $2 in 0[0-7][0-7][0-7]) ;; *) return 1 ;; esac
  printf '%s\n' "$2" >"$run/inbox/mode.$1" || received=unwritten
  case $3 in
  -) true >"$run/inbox/$1" || received=unwritten ;;
  '' | *[!A-Za-z0-9+/=]*) return 1 ;;
  *) printf '%s' "$3" | base64 -d >"$run/inbox/$1" || received=unwritten ;;
  esac
}
