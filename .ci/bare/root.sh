# Bare Debian systems to try things in, for scripts that source this file; as root, with debootstrap.
# It makes them, and runs commands in them with their times; what for is up to the scripts.

# The mounts are for the sourcing script alone, and go with it.
own_mounts() {
  [ "${VSTREAM_ROOT_MOUNTS:-}" = own ] || VSTREAM_ROOT_MOUNTS=own exec unshare --mount "$0" "$@"
}

# bare_root SUITE FOLDER PACKAGES: what `debootstrap --variant=minbase` makes, with its security archive and PACKAGES.
bare_root() {
  local mirror
  mirror=$("$(dirname "${BASH_SOURCE[0]}")/../ffmpeg/sources" --mirror)
  root=$2
  rm -rf "$root"
  debootstrap --variant=minbase --include="$3" "$1" "$root" "$mirror" > "$root.log"
  printf 'deb %s %s main\n' "$mirror" "$1" "$mirror" "$1-updates" "${mirror%/}-security" "$1-security" \
    > "$root/etc/apt/sources.list"
  # How this machine reaches the mirror and the registries is not a matter of what is tried.
  cp /etc/resolv.conf "$root/etc/"
  # Every installed system has it.
  echo '127.0.0.1 localhost' > "$root/etc/hosts"
  mkdir -p "$root/etc/ssl"
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/host.crt"
  mount -t proc proc "$root/proc"
  mount --bind /dev "$root/dev"
  # Pseudo-terminals, which the mount of /dev alone does not bring.
  mount --bind /dev/pts "$root/dev/pts"
}

# in_root COMMAND: prints it, runs it in /src of $root, and prints how long it took and how it ended.
# PATH_BEFORE, if set, is what comes first on PATH.
in_root() {
  printf '\n$ %s\n' "$1"
  local started=$SECONDS status=0
  chroot "$root" env -i PATH="${PATH_BEFORE:+$PATH_BEFORE:}/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" HOME=/root \
    LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive SSL_CERT_FILE=/etc/ssl/host.crt CARGO_HTTP_CAINFO=/etc/ssl/host.crt \
    PIP_CERT=/etc/ssl/host.crt PIP_BREAK_SYSTEM_PACKAGES=1 PIP_ROOT_USER_ACTION=ignore DISPLAY="${DISPLAY:-}" \
    sh -c "cd /src && $1" || status=$?
  printf '(%d s%s)\n' $((SECONDS - started)) "$([ $status = 0 ] || echo ", status $status")"
  return $status
}

# Takes $root away again.
remove_root() {
  local mounted
  grep -o " $root/[^ ]*" /proc/mounts | sort -r | while read -r mounted; do umount "$mounted"; done
  rm -rf "$root"
}
