#!/usr/bin/env bash
# A real V4L2 camera on a machine that has none: boots Debian's kernel in QEMU (software emulation), loads `vivid`, the
# kernel's own virtual camera driver, shares this machine's root file system into the guest, and runs a command there
# with /dev/video0 present. It checks nothing; `checks.sh` and `../camera.rs` do.
#
#   vm.sh COMMAND [ARG...]        exit status: the command's, or 125 when there was no guest to run it in
#
# Needs qemu-system-x86 busybox-static kmod cpio, and apt, which fetches the kernel's package; it is only unpacked.
# Emulation is slow: some 10 frames a second, so test behaviour here, never speed.
set -euo pipefail
(($#)) || { sed -n '2,10p' "$0"; exit 2; }
cache=${CAMERA_VM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vstream/camera-vm}
mkdir -p "$cache"
work=$(mktemp -d "$cache/run.XXXXXX")
trap 'rm -rf "$work"' EXIT

if [[ ! -f $cache/initrd.gz ]]; then
  package=$(apt-cache depends linux-image-amd64 | awk '/Depends:/ {print $2; exit}')
  (cd "$work" && apt-get download "$package" >/dev/null 2>&1 && dpkg-deb -x ./*.deb root)
  kernel=$(ls "$work/root/lib/modules")
  depmod -b "$work/root" "$kernel" 2>/dev/null || true
  mkdir -p "$work"/ird/{bin,proc,sys,dev,mnt,mods}
  cp "$(command -v busybox)" "$work/ird/bin/busybox"
  order=
  for module in virtio_pci virtio_net 9pnet_virtio 9p vivid; do
    while read -r _ path _; do
      name=$(basename "$path")
      [[ -f $work/ird/mods/$name ]] || { cp "$path" "$work/ird/mods/$name"; order+=" $name"; }
    done < <(modprobe -d "$work/root" -S "$kernel" --show-depends "$module")
  done
  cat >"$work/ird/init" <<INIT
#!/bin/busybox sh
b=/bin/busybox
\$b mount -t proc p /proc; \$b mount -t sysfs s /sys; \$b mount -t devtmpfs d /dev
for m in $order; do
  a=; [ \$m = vivid.ko ] && a="n_devs=1 node_types=0x1"
  \$b insmod /mods/\$m \$a || echo "camera-vm: cannot load \$m"
done
\$b mount -t 9p -o trans=virtio,version=9p2000.L,msize=1048576,cache=loose host /mnt
\$b mount --move /dev /mnt/dev; \$b mount --move /proc /mnt/proc; \$b mount --move /sys /mnt/sys
\$b mount -t tmpfs t /mnt/run
\$b ip link set lo up; \$b ip link set eth0 up && \$b ip addr add 10.0.2.15/24 dev eth0 && \$b ip route add default via 10.0.2.2
run=\$(\$b sed -n 's/.*vm_run=\([^ ]*\).*/\1/p' /mnt/proc/cmdline)
\$b chroot /mnt /bin/bash "\$run/command"; echo \$? >"/mnt\$run/status"
\$b sync; \$b poweroff -f
INIT
  chmod +x "$work/ird/init"
  (cd "$work/ird" && find . | cpio -o -H newc 2>/dev/null | gzip) >"$cache/initrd.gz.new"
  cp "$work"/root/boot/vmlinuz-* "$cache/vmlinuz"
  mv "$cache/initrd.gz.new" "$cache/initrd.gz"
fi

{ declare -p PATH HOME | sed 's/^/export /; s/export declare -x/export/'; printf 'cd %q\nexec' "$PWD"; printf ' %q' "$@"; echo; } >"$work/command"
timeout "${CAMERA_VM_TIMEOUT:-300}" qemu-system-x86_64 -accel tcg,thread=multi,tb-size=1024 -cpu max -m 2048 -smp 2 \
  -display none -serial stdio -monitor none -no-reboot -nic user,model=virtio-net-pci \
  -kernel "$cache/vmlinuz" -initrd "$cache/initrd.gz" -append "console=ttyS0 quiet panic=-1 mitigations=off vm_run=$work" \
  -virtfs local,path=/,mount_tag=host,security_model=none,multidevs=remap </dev/null | tr -d '\r'
[[ -f $work/status ]] || { echo "camera-vm: the guest did not finish" >&2; exit 125; }
exit "$(cat "$work/status")"
