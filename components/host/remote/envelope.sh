# The envelope: what a run works on, as it comes on standard input, and what must be in it.
# Sets: a variable for each setting; the files, in $run/inbox, each with a mode.NAME beside it.

owner=''
# Where this host is reached, its fencing token, and whom it may take the machine over from: see ownership.sh.
address=''
fencing_token=''
previous_owner=''
api=''
# Paths of the TLS files; empty with plain TCP.
ca_path=''
cert_path=''
key_path=''
# Where dockerd is to listen: port, IP addresses, and the socket for local clients.
port=''
addresses=''
socket=''
# Whose socket that is: dockerd's own, or systemd's, which stays as the machine has it.
socket_of=dockerd
# Where dockerd listens locally by the machine's own configuration.
present_sockets=''
base_sha=''
# Digest of what only a start of dockerd puts in effect; the keys whose value dockerd keeps.
restart=''
sticky=''
live_restore=''
current_live_restore=''
undo_live_restore=''
managed_keys=''
# New where a look found drift; what repairing that takes, and the daemon.json that it was found in.
repair=''
repair_effect=''
repair_from=''
allow_container_restart=''
# Whether daemon keys are secret.
hidden=''
# Words of the values that others have put into daemon.json; see components/model/daemon-json/foreign-words.ts.
foreign_words=''
# How long the stack's own check may take to pass, in seconds; whether it must before the change, or `ignore`; whether its
# words may be shown.
health_limit=''
health_before=''
health_hidden=''

# receive: the settings into variables, the files into $run/inbox.
receive() {
  step receive
  received='cut short'
  while IFS=' ' read -r word name rest; do
    case $word in
    text) set_variable "$name" "$rest" ;;
    set) receive_setting "$name" "$rest" || break ;;
    file) receive_file "$name" "${rest%% *}" "${rest#* }" || break ;;
    lines) receive_lines "$name" "${rest%% *}" "${rest#* }" || break ;;
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
  set_variable "$1" "$value"
}

# set_variable SETTING VALUE
set_variable() {
  value=$2
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
  socket_of) socket_of=$value ;;
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
  health_limit) health_limit=$value ;;
  health_before) health_before=$value ;;
  health_hidden) health_hidden=$value ;;
  esac
}

# receive_lines NAME MODE COUNT: as many lines follow. printf is a builtin, so they are in no process's arguments.
receive_lines() {
  receive_name "$1" "$2" || return 1
  case $3 in '' | *[!0-9]*) return 1 ;; esac
  lines_left=$3
  while [ "$lines_left" -gt 0 ]; do
    IFS= read -r envelope_line || return 1
    printf '%s\n' "$envelope_line" || received=unwritten
    lines_left=$((lines_left - 1))
  done >"$run/inbox/$1" || received=unwritten
}

receive_name() {
  case $1 in *[!a-z.]* | '' | .* | *..*) return 1 ;; esac
  case $2 in 0[0-7][0-7][0-7]) ;; *) return 1 ;; esac
  printf '%s\n' "$2" >"$run/inbox/mode.$1" || received=unwritten
}

# receive_file NAME MODE BASE64
receive_file() {
  receive_name "$1" "$2" || return 1
  case $3 in
  -) true >"$run/inbox/$1" || received=unwritten ;;
  '' | *[!A-Za-z0-9+/=]*) return 1 ;;
  *) printf '%s' "$3" | base64 -d >"$run/inbox/$1" || received=unwritten ;;
  esac
}

check_envelope() {
  step check-envelope
  [ -n "$owner" ] || missing_part owner
  [ -n "$base_sha" ] || missing_part base_sha
  need_received daemon.json dropin.conf restart.conf
  [ "$socket_of" = systemd ] || need_received socket.conf
  # A drop-in that requires the guard keeps dockerd down without it.
  ! grep -q '^Sockets=' "$run/inbox/dropin.conf" || need_received api.socket api.service
  # Empty where the machine has no daemon.json.
  [ -f "$run/inbox/base.json" ] || need_received base.json
  [ -f "$run/inbox/current.json" ] || need_received current.json
  [ "$live_restore" = true ] || need_received daemon.keep.json daemon.release.json
  [ "$current_live_restore" = true ] || need_received current.keep.json current.release.json
  case $owner$address in *[![:print:]]*) refuse 'owner: contains a control character; nothing was touched; rename the stack or host' ;; esac
  case $port in '' | *[!0-9]*) refuse 'port: not a number; nothing was touched; correct it' ;; esac
  check_plain_path socket "$socket"
  case $api in
  mutual-tls) ;;
  plain-tcp) return 0 ;;
  *) refuse "api: $api is not known to this script; nothing was touched; this is a bug in the program, report it" ;;
  esac
  for path in "$ca_path" "$cert_path" "$key_path"; do check_plain_path tls.directory "$path"; done
  need_received ca.pem cert.pem key.pem
  read -r key_mode <"$run/inbox/mode.key.pem"
  case $key_mode in
  0[0-7]00) ;;
  *) refuse 'envelope: key.pem would be readable to others; nothing was touched; this is a bug in the program, report it' ;;
  esac
}

# check_plain_path SETTING PATH: a plain one needs no quoting anywhere, and leads where it says.
check_plain_path() {
  case $2 in
  /*[!A-Za-z0-9._/-]* | */ | *//* | */../* | */.. | */./* | */. | [!/]* | '')
    refuse "$1: $2 is not a plain absolute path; nothing was touched; use letters, digits, dot, dash and underscore"
    ;;
  esac
}

need_received() {
  for name in "$@"; do
    [ -s "$run/inbox/$name" ] || missing_part "$name"
  done
}

missing_part() { refuse "envelope: $1 is missing; nothing was touched; this is a bug in the program, report it"; }
