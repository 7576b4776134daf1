#!/bin/sh
# certificates.sh DIRECTORY NAME=ADDRESS…: a certificate authority, a client's certificate and one for each
# server, in DIRECTORY. Makes what is missing and leaves the rest alone; prints the name of each one it makes.
# pyinfra and Ansible share it, so that both pay the same for openssl: one call for all machines.
set -eu
umask 077
directory=$1
shift
mkdir -p "$directory"
cd "$directory"

key() {
  openssl ecparam -name prime256v1 -genkey -noout -out "$1-key.pem"
}

# leaf NAME EXTENSIONS: the certificate comes last, and under its name only when it is whole.
leaf() {
  [ ! -e "$1.pem" ] || return 0
  key "$1"
  printf '%b' "$2" > "$1.ext"
  openssl req -new -key "$1-key.pem" -subj "/CN=$1" |
    openssl x509 -req -days 365 -CA ca.pem -CAkey ca-key.pem -CAcreateserial -extfile "$1.ext" -out "$1.pem.new" 2> /dev/null
  mv "$1.pem.new" "$1.pem"
  echo "$1"
}

if [ ! -e ca.pem ]; then
  key ca
  openssl req -x509 -new -key ca-key.pem -subj "/CN=bench" -days 3650 -out ca.pem.new
  mv ca.pem.new ca.pem
  echo ca
fi
leaf client 'extendedKeyUsage=clientAuth\n'
for server; do
  leaf "${server%%=*}" "subjectAltName=IP:${server#*=}\nextendedKeyUsage=serverAuth\n"
done
