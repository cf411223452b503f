//! Integration tests: they run the real `vstream` and read back what it wrote. This file is their table of contents.
//! They are one crate, because each test binary links FFmpeg and Rerun again.

// A test states its expectations by failing.
#![allow(clippy::expect_used, clippy::unwrap_used)]

// The checkers themselves, on files of known properties made by the `ffmpeg` command.
mod checkers;
// The contract of a recording, for every kind of file. A new kind of input is a new row here.
mod contract;
// Copying streams without encoding, and the reasons why some are not copied.
mod copy;
// Picture quality, compared with the `ffmpeg` command.
mod pictures;
// Colours: matrices, ranges, RGB, alpha, HDR.
mod colours;
// Geometry: rotation and flips, square pixels, interlacing, size changes.
mod shapes;
// The right picture at every time, by the Rerun Viewer's own decoder.
mod viewer;
// Recordings as inputs: pictures become video, everything else is kept.
mod recordings;
// Recordings to MP4 and Matroska, encoding only what has to be encoded.
mod recordings_to_video;
// Recordings through pipes, to viewers, into a stream of the caller's, and in a dry run.
mod recording_inputs;
// Depth and other numeric images in recordings.
mod depth;
// Bags of ROS 2 in MCAP, in every encoding, compression and state.
mod bags;
// Bags of ROS 2 in SQLite, as recorders leave them.
mod sqlite_bags;
// Bags of ROS 1, from files and converted to MCAP.
mod ros1_bags;
// Bags whose messages decode to far more memory than they have bytes.
mod hostile_bags;
// Bags of Foxglove's protobuf messages.
mod foxglove;
// Parts of files, sequences, pipes, raw pictures.
mod inputs;
// Image sequences in every numbering, with gaps, mixed and damaged.
mod sequences;
// Timestamps of files: clocks that jump, rates that are given, missing or absurd, cuts.
mod times;
// Several files as one video.
mod joined;
// Timestamps from a separate file or from picture names.
mod timestamps;
// Files of every container, damaged at random.
mod fuzz;
// Failures of the system during a run: disks, memory, file descriptors, clocks, signals.
mod faults;
// Hours of a live source; ignored unless asked for.
mod soak;
// Malicious inputs: playlists that reach for other files, false headers.
mod untrusted;
// Chapters, subtitles, metadata and creation times.
mod text_and_metadata;
// Audio, decoded as the viewer does and compared with FFmpeg.
mod audio;
// Synchronisation of audio and video.
mod sound_in_step;
// Audio without video.
mod sound_alone;
// `FrameWriter`: times, threads, errors and ends.
mod frames;
// `FrameWriter`: pixel layouts and sizes.
mod layouts;
// Traits of the library's types, and its documentation.
mod library;
// Several runs in one process; failed and cancelled ones.
mod runs;
// Fifty runs in one process leave no memory, threads or files behind.
mod many_runs;
// Encoded samples without a recording.
mod samples;
// Every output to a viewer, with viewers of every supported version.
mod viewer_versions;
// Screenshots of the native viewer and of the web viewer.
mod screenshots;
// Every encoder of this FFmpeg: the contract in its codec, for files and live.
mod encoders;
// Encoder names and settings, their list, and errors about missing ones.
mod encoder_names;
// Hardware decoding.
mod hardware;
// Many files, one recording each.
mod batch;
// The same as an array job on a real Slurm.
mod slurm;
// Many files in one recording, a few at a time.
mod jobs;
// Each input is opened once and read by one thread, and nothing of it is left after the run.
mod reader;
// Options about times, sizes, streams and names.
mod options;
// Help, manual page, completions, defaults from the environment, exit statuses, usage errors.
mod cli;
// `--json`, `--probe` and `--dry-run`, checked against the schema.
mod json;
// Progress bars on a real terminal of any width.
mod terminal;
// Files, pipes and viewers as outputs, several at once, and Rerun's verdict on a recording.
mod outputs;
// MP4 and Matroska as outputs: the same samples and times as in a recording.
mod videos;
// Audio in MP4 and Matroska: copied or encoded, in step with the video.
mod video_sound;
// Several videos, languages and subtitles in one MP4 or Matroska file, and chapters.
mod video_tracks;
// Errors about inputs, outputs and the command line.
mod errors;
// Inputs whose pictures are there, and none is recorded.
mod none_left;
// Files that lack their end or a part.
mod incomplete_files;
// Playlists and lists of files that lack a part.
mod segments;
// Which streams are chosen, their names, and warnings about the rest.
mod streams;
// Passwords in addresses are printed nowhere.
mod secrets;
// Errors about inputs that cannot be used: the right cause, and a remedy that works.
mod unusable_inputs;
// Live sources: networks that stall, break off and come back, several at once, too fast to keep up with.
mod live;
// Sources that only their pace or their end shows to be live: pipes, HTTP, session files.
mod live_detection;
// RTMP, SRT, UDP, HTTP, HLS, the screen: each from a real server.
mod networks;
// A real V4L2 camera, in a virtual machine.
mod camera;
// Ctrl-C, SIGTERM and SIGKILL in the middle of a run.
mod interrupt;
// vstream as the importer that Rerun calls.
mod importer;
// Standard streams, file names and system limits.
mod environment;
// Failures while writing: full disks, deleted files, SIGKILL.
mod write_failures;
// Running viewers, programs that are not viewers, and the web viewer's server.
mod viewers;
// Viewers started by --spawn: of any version, missing, broken, without ffmpeg.
mod spawn;
// Viewers that hang or die: other outputs continue, and what they lose is counted.
mod hanging;
// Viewers and pipes that read slowly.
mod slow;
// Every command and every program in the README.
mod readme;
// Rules about the source code.
mod source_rules;

mod support;
