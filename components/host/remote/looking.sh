# What the scripts that only look have in common: their settings and their answer.
# The answer has a line `BOUNDARY NAME` before each value, and `BOUNDARY end` last.
# Reads: settings_taken, the names of the settings that a script takes. One is the boundary: a word that nobody on the
# machine knows beforehand, so no value can contain it.
# Sets: the variables of those names.

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
