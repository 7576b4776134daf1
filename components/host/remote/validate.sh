# Lets dockerd check the new daemon.json before anything is touched.
# Reads: the desired state in $run, unit_show.

# validate: with the flags that dockerd will have. 20.10 can't validate; from 24 on dockerd loads the TLS files,
# which are not in place yet.
validate() {
  step validate
  validate_command=''
  while IFS= read -r drop_in_line; do
    case $drop_in_line in ExecStart=?*) validate_command=${drop_in_line#*=} ;; esac
  done <"$run/tree$drop_in"
  while :; do
    case $validate_command in [-@:+!]*) validate_command=${validate_command#?} ;; *) break ;; esac
  done
  case $validate_command in *["\"'\\%;"]*) validate_command=${validate_command%% *} ;; esac
  validate_daemon=$root${validate_command%% *}
  [ -x "$validate_daemon" ] || return 0
  validate_flags='' validate_paths=''
  # Quoted in daemon.json, after an equals sign in a flag. A dot matches any character, and no path differs in that.
  for path in $ca_path $cert_path $key_path; do
    validate_paths="${validate_paths}s#\\([\"=]\\)$path\\([\" ]\\)#\\1$run/tree$path\\2#g$new_line"
  done
  case $validate_command in *' '*) validate_flags=$(expand_flags "${validate_command#* }" | sed "$validate_paths") ;; esac
  sed "$validate_paths" "$run/tree$daemon_json" >"$run/validate.json" ||
    refuse "$full_disk"
  # shellcheck disable=SC2086 # systemd splits these flags at spaces, and so must we
  validate_said=$(set -f && timeout 20 "$validate_daemon" $validate_flags --validate --config-file "$run/validate.json" 2>&1) && return 0
  validate_status=$?
  case $validate_status:$validate_said in
  # 20.10 writes "Code: 125" and exits with 1.
  *'unknown flag: --validate'*) return 0 ;;
  124:*) return 0 ;;
  esac
  validate_said=$(printf '%s\n' "$validate_said" | grep -v -e '^$' -e 'level=warning' -e 'level=info' -e '^Warning' | head -n 1 |
    sed "s#$(escaped "$run/tree")##g; s#$(escaped "$run/validate.json")#$daemon_json#g")
  if [ "$hidden" = true ]; then
    validate_said='its reason may hold a secret and is not repeated'
  else
    validate_said=$(masked "$validate_said")
  fi
  end_run 20 '' "daemon.json: dockerd refuses it: $(one_line "$validate_said" 300); nothing was touched; correct that key in the configuration, or in the daemon.json of the machine where that brings it"
}

escaped() { printf '%s' "$1" | sed 's/[].[*^$\\#&]/\\&/g'; }

# expand_flags WORDS: $NAME from the unit's environment, as far as it can be read; what it names
# otherwise is left out, and the start has the last word.
expand_flags() (
  set -f
  for word in $1; do
    case $word in
    '$'*)
      word=${word#?}
      word=${word#'{'}
      find_in_environment "${word%'}'}"
      word=$found_value
      ;;
    esac
    printf '%s ' "$word"
  done
)

# find_in_environment NAME: what the unit's environment files say last, without quotes, into found_value.
find_in_environment() {
  found_value=''
  while IFS= read -r unit_line; do
    case $unit_line in EnvironmentFiles=*) ;; *) continue ;; esac
    unit_line=${unit_line#*=}
    [ -f "$root${unit_line%% *}" ] || continue
    while IFS= read -r environment_line || [ -n "$environment_line" ]; do
      case $environment_line in "$1="*) found_value=${environment_line#*=} ;; esac
    done <"$root${unit_line%% *}"
  done <<UNIT
$unit_show
UNIT
  case $found_value in
  *[\"\'\\]*) found_value=$(printf '%s' "$found_value" | tr -d "\"'\\\\") ;;
  esac
}
