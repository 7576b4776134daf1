# What the scripts that only look have in common: their settings, their answer, and what systemd says of docker.
# The answer has a line `BOUNDARY NAME` before each value, and `BOUNDARY end` last.
# Reads: settings_taken, the names of the settings that a script takes. One is the boundary: a word that nobody on the
# machine knows beforehand, so no value can contain it.
# Sets: the variables of those names; unit_show and socket_show.

boundary=''

# read_settings: from standard input, each into the variable of its name.
read_settings() {
  while IFS=' ' read -r word name value; do
    case $word in
    set) value=$(decode "$value") ;;
    end) return 0 ;;
    esac
    case " $settings_taken " in *" $name "*) eval "$name=\$value" ;; esac
  done
}

decode() { [ "$1" = - ] || printf '%s' "$1" | base64 -d; }

# value NAME: what is printed next is its value.
value() { printf '\n%s %s\n' "$boundary" "$1"; }

# text NAME TEXT
text() {
  value "$1"
  printf '%s' "$2"
}

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
