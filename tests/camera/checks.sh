#!/usr/bin/env bash
# What is done with the camera inside the guest, all in one boot: each step leaves its recording, its messages and its
# exit status in the folder that is given. It judges nothing; `../camera.rs` does.
#
#   checks.sh VSTREAM FOLDER
set -u
cd "$2"
# From memory: a program's pages come slowly through a shared file system.
vstream=/run/vstream
cp "$1" $vstream

# NAME ARG...: one run of vstream.
take() {
  local name=$1
  shift
  "$vstream" "$@" >"$name.out" 2>"$name.err"
  echo $? >"$name.status"
}

# NAME COMMAND...: start a recording, and run the command once some of it is there.
amid() {
  local name=$1
  shift
  # At this quality a second is far more than what a recording begins with.
  "$vstream" /dev/video0 --video-size 320x180 --framerate 10 --keyframe-interval 0.3 --crf 1 --save "$name.rrd" \
    >"$name.out" 2>"$name.err" &
  pid=$!
  while kill -0 $pid && (($(stat -c %s "$name.rrd.part" 2>/dev/null || echo 0) < 150000)); do sleep 0.1; done 2>/dev/null
  "$@" >>"$name.out" 2>&1
  wait $pid
  echo $? >"$name.status"
}

interrupt() { kill -INT $pid; }
unplug() { v4l2-ctl -d /dev/video0 --set-ctrl disconnect=1; }

tracing=/sys/kernel/tracing
mount -t tracefs tracefs $tracing 2>/dev/null
events=$tracing/events/v4l2/v4l2_dqbuf/enable

take list --list-devices
take no-mode /dev/video0 --video-size 123x45 --save no-mode.rrd
take default camera: --duration 1 --save default.rrd
[[ -w $events ]] && echo 1 >$events
take chosen camera:vivid --video-size 320x180 --framerate 10 --pixel-format uyvy422 --duration 2.5 --save chosen.rrd
[[ -w $events ]] && { echo 0 >$events; cat $tracing/trace >driver.txt; }
amid interrupt interrupt
amid unplug unplug
exit 0
