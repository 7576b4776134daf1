# Lets dockerd check the new daemon.json before anything is touched.
# Reads: the desired state in $run, unit_show.

# validate: with the flags that dockerd will have. 20.10 can't validate; from 24 on dockerd loads the TLS files,
# which are not in place yet.
validate() {
  step validate
  validate_command=$(sed -n 's/^ExecStart=[-@:+!]*\(..*\)$/\1/p' "$run/tree$drop_in" | tail -n 1)
  case $validate_command in *["\"'\\%;"]*) validate_command=${validate_command%% *} ;; esac
  validate_daemon=$root${validate_command%% *}
  [ -x "$validate_daemon" ] || return 0
  validate_flags=
  # Quoted in daemon.json, after an equals sign in a flag.
  validate_paths=$(for path in $ca_path $cert_path $key_path; do
    printf 's#\\(["=]\\)%s\\([" ]\\)#\\1%s\\2#g\n' "$(escaped "$path")" "$(escaped "$run/tree$path")"
  done)
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
      name=$(printf '%s' "$word" | tr -cd 'A-Za-z0-9_')
      for file in $(printf '%s\n' "$unit_show" | sed -n 's/^EnvironmentFiles=\([^ ]*\) .*/\1/p'); do
        [ ! -f "$root$file" ] || sed -n "s/^$name=//p" "$root$file"
      done | tail -n 1 | tr -d "\"'\\\\" | tr '\n' ' '
      ;;
    *) printf '%s ' "$word" ;;
    esac
  done
)
