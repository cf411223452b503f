#!/usr/bin/python3
# An RTSP server that is not ours (GStreamer's): a moving pattern at /cam, 320x240 at 25 frames a second, on the port
# that is given; and at /film the Matroska file that is given, H.264 with sound that the elements given behind it make
# packets of. It prints "ready" when it listens. Needs Debian's gir1.2-gst-rtsp-server-1.0 and GStreamer's plugins.
import sys
import gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer

Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(sys.argv[1])
camera = GstRtspServer.RTSPMediaFactory()
camera.set_launch(
    "( videotestsrc is-live=true ! video/x-raw,width=320,height=240,framerate=25/1"
    " ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=12"
    " ! rtph264pay name=pay0 pt=96 config-interval=1 )"
)
camera.set_shared(True)
server.get_mount_points().add_factory("/cam", camera)
if len(sys.argv) > 3:
    film = GstRtspServer.RTSPMediaFactory()
    film.set_launch(
        f'( filesrc location="{sys.argv[2]}" ! matroskademux name=film'
        " film.video_0 ! queue ! rtph264pay name=pay0 pt=96 config-interval=1"
        f" film.audio_0 ! queue ! {sys.argv[3]} name=pay1 pt=97 )"
    )
    server.get_mount_points().add_factory("/film", film)
if server.attach(None) == 0:
    sys.exit("the port is taken")
print("ready", flush=True)
GLib.MainLoop().run()
