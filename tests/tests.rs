//! Drives the real `vstream` and reads back what it made: the table of contents of these tests.
//! One crate for all of them, because each test binary links FFmpeg and Rerun again.

// A test states its expectations by failing.
#![allow(clippy::expect_used, clippy::unwrap_used)]

// The checkers are checked: on files made by the ffmpeg command, known to be good or bad.
mod oracles;
// Every kind of file there is, and the contract of a recording for each. The main test: a new
// kind of input is a new row here.
mod contract;
// Streams that are logged as they are, and the reasons why others are not.
mod copy;
// The pictures are as good as the ffmpeg command makes them.
mod pictures;
// Their colours: matrices, ranges, RGB, alpha, HDR.
mod colours;
// Their shape: turns and flips, square pixels, fields, a size that changes.
mod shapes;
// The Rerun Viewer's own decoder shows the right picture at every time.
mod viewer;
// Recordings as inputs: their pictures become video, the rest is left alone.
mod recordings;
// Recordings to ordinary video files, without encoding again where that is not needed.
mod recordings_to_video;
// Recordings through pipes, to viewers, into a stream of the caller's, and only looked at.
mod recording_inputs;
// Depth and other numbers in recordings: shown by a range, and otherwise left alone.
mod depth;
// Bags of ROS 2, in every encoding, compression and state.
mod bags;
// Bags of ROS 2 in SQLite, as recorders leave them.
mod sqlite_bags;
// Bags of ROS 1, from files and converted to MCAP.
mod ros1_bags;
// Bags that take far more memory than they have bytes.
mod hostile_bags;
// Bags of Foxglove's protobuf messages.
mod foxglove;
// Parts of files, sequences, pipes, raw pictures.
mod inputs;
// Image sequences in every numbering, with gaps, mixed and damaged.
mod sequences;
// Clocks that jump, rates that are given, missing or absurd, cuts.
mod times;
// Several files as one video.
mod joined;
// Times from files beside a video, and from the names of pictures.
mod timestamps;
// Files of every container, damaged at random.
mod fuzz;
// A system that fails under a run: disks, memory, files, clocks, signals.
mod faults;
// Hours of a live source; ignored unless asked for.
mod soak;
// Playlists that name what is not theirs, and headers that lie.
mod untrusted;
// What files hold beside their pictures: chapters, subtitles, metadata, the time they were made.
mod beside;
// Sound: as the viewer's own decoder gives it, against what FFmpeg gives.
mod audio;
// Sound in step with the pictures.
mod sound_in_step;
// Sound without a video.
mod sound_alone;
// Pictures that a program makes itself: how they are written, and what comes back.
mod frames;
mod layouts;
// What the library's types can do, and its guide.
mod library;
// Several runs in one process, failed ones, cancelled ones.
mod runs;
// Fifty of them: nothing is left behind.
mod many_runs;
// The samples of an input and of pictures of one's own, without a recording.
mod samples;
// Every way of reaching a viewer, with viewers of every version.
mod ways;
// What a user sees: the real viewer and the web viewer, with their windows.
mod seen;
// Every encoder there is here: the contract in its codec, for files and live.
mod encoders;
// Their names and settings, the list of them, and errors about missing ones.
mod encoder_names;
// Hardware that decodes, and what happens without.
mod hardware;
// Many files, one recording each.
mod batch;
// The same as an array job on a real Slurm.
mod slurm;
// Many files in one recording, a few at a time.
mod jobs;
// One pass over an input, whatever is read of it, and nothing of it left when the run is over.
mod reader;
// What the command line offers to change: times, sizes, streams, names.
mod options;
// Help, manual page, completions, defaults from the environment, exit statuses, mistakes.
mod cli;
// Lines for scripts by their schema, and what --probe and --dry-run tell.
mod json;
// Progress bars on a real terminal of any width.
mod terminal;
// Files, pipes and viewers as outputs, several at once, and Rerun's own judgement of a recording.
mod outputs;
// Ordinary video files instead of recordings: the same samples and times in MP4 and Matroska.
mod videos;
// The sound in them: copied or encoded, in step with the pictures.
mod video_sound;
// Several videos, languages and subtitles in one of them, and chapters.
mod video_tracks;
// Whatever can be wrong with an input or an output, as one line of error.
mod errors;
// Files that lack their end or a part.
mod endings;
// Playlists and lists of files that lack a part.
mod segments;
// Which streams are taken, their names, and warnings about the rest.
mod streams;
// Passwords in addresses are printed nowhere.
mod secrets;
// The words of errors: the cause of this input, and a remedy that works.
mod words;
// Live sources: networks that stall, break off and come back, several at once, too fast to keep up with.
mod live;
// Pipes, lengths and session files: what only its pace, or its ending, shows to be live.
mod paced;
// RTMP, SRT, UDP, HTTP, HLS, the screen: each from a real server.
mod networks;
// A real V4L2 camera, in a virtual machine.
mod camera;
// Ctrl-C, SIGTERM and SIGKILL in the middle of a run.
mod interrupt;
// Called by Rerun itself, as an importer of every kind of video.
mod importer;
// What surrounds a run: standard streams, names, limits of the system.
mod surroundings;
// Disks that fill up, files that vanish, SIGKILL: what was written stays.
mod trust;
// Viewers that are there already or are not what they should be; the web viewer's server.
mod viewers;
// Viewers that --spawn starts: of any version, missing, broken, without ffmpeg.
mod spawn;
// Viewers that hang or die: other outputs continue, and what they lose is counted.
mod hanging;
// Those that read, but slowly.
mod slow;
// Every command and every program that the README shows.
mod readme;
// Rules of the source code itself.
mod house;

mod support;
