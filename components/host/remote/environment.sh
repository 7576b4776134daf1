# The environment that every script runs in.
# Sets: root, state, missing_tool.

# Empty on a machine; the tests point it at a scratch directory.
root=${DOCKERTLS_ROOT:-}
# shellcheck disable=SC2034 # firewall.sh asks about nothing of ours
state=$root/var/lib/dockertls

# set_environment: messages of the tools in English, and PATH as root has it.
set_environment() {
  LC_ALL=C
  PATH=$PATH:$root/usr/local/sbin:$root/usr/sbin:$root/sbin
  export LC_ALL PATH
}

# find_missing_tool: the first of those that a change takes, and that is not there, becomes missing_tool.
find_missing_tool() {
  missing_tool=
  for tool in base64 cp cut flock grep install mv sed sha256sum sort stat sync systemctl timeout; do
    command -v "$tool" >/dev/null || missing_tool=${missing_tool:-$tool}
  done
}
