# The environment that every script runs in.
# Sets: root, state.

# Empty on a machine; the tests point it at a scratch directory.
root=${DOCKERTLS_ROOT:-}
state=$root/var/lib/dockertls

# set_environment: messages of the tools in English, and PATH as root has it.
set_environment() {
  LC_ALL=C
  PATH=$PATH:$root/usr/local/sbin:$root/usr/sbin:$root/sbin
  export LC_ALL PATH
}
