//! What an input that nobody vouches for can reach, and what keeps it from more. It holds documentation only.
//!
//! Decoding itself is FFmpeg's: its bugs are those of every program that uses it, and its updates matter. What vstream
//! adds is below, each with the test in the repository that holds it.
//!
//! | An input tries to | What happens | Test |
//! |---|---|---|
//! | make the network talk from a local file: a playlist, a list of files | refused as a whole: a file may open files only | `untrusted::a_local_playlist_that_names_the_network_is_refused_as_a_whole` |
//! | read local files from the network | refused: a playlist of a server may open what it came by | `untrusted::a_network_playlist_reads_no_file` |
//! | name playlists that name playlists, without an end | refused where they are local; from a server, opening ends after the time-out | `untrusted::playlists_that_name_each_other_are_refused` |
//! | the same by a redirect | refused | `untrusted::a_redirect_reads_no_file` |
//! | have a password sent to another server by a redirect | it is not | `untrusted::a_redirect_takes_no_password_along` |
//! | open more than a session by a session file (SDP) | it opens what it describes, and only under its own name | `paced::a_session_file_is_live_and_opens_only_what_it_describes` |
//! | take memory by a header that lies | sizes and lengths are checked before anything is allocated | `untrusted::a_size_that_lies_costs_no_memory` |
//! | take memory by a record of a bag that lies | no record is longer than 128 MiB | `untrusted::a_record_of_a_bag_that_lies_costs_no_memory` |
//! | take memory by a message of a bag that becomes a thousand times as large when decoded | messages of ROS that would take more than 1.5 GiB are refused, one by one | `hostile_bags::a_message_that_takes_more_memory_than_there_is_is_lost_alone` |
//! | take memory by empty messages in a list of protobuf, or ones with many columns | messages of protobuf that would take more than 1.5 GiB are refused, one by one | `hostile_bags::a_message_of_protobuf_that_takes_more_memory_than_there_is_is_lost_alone` |
//! | have a type of messages that contains itself, or that cannot be read | its messages stay as they are, and other topics lose nothing | `hostile_bags::a_definition_that_never_ends_or_cannot_be_read_harms_no_other_topic`, `hostile_bags::a_type_of_protobuf_that_contains_itself_is_left_as_it_is` |
//! | fill the disk by a compressed bag that becomes a database of any size | 1 GiB of the temporary folder stays free, or half of what was free; only SQLite needs it, all else is decompressed piece by piece | `sqlite_bags::a_database_that_decompresses_to_more_than_the_disk_holds_is_refused` |
//! | run a program in a database, or have tables without end | only tables are read, and a query takes a bounded number of steps | `sqlite_bags::views_that_compute_for_ever_are_not_asked`, `sqlite_bags::a_table_whose_pages_make_it_endless_is_refused` |
//! | hide a damaged part of a bag of ROS 1 | what does not fit is counted and named, the rest is read | `ros1_bags::a_damaged_message_of_any_topic_is_said` |
//! | pass for longer than it is | progress counts what was read, and missing parts are reported | `untrusted::a_duration_that_lies_gives_no_wrong_progress` |
//! | control the terminal by its name, its titles or its metadata | control characters, and those that reverse text, are shown as symbols | `untrusted::titles_and_names_send_nothing_to_the_terminal` |
//! | learn a password, or have it published | names and passwords in addresses reach no message, JSON, recording, entity or FFmpeg log | `secrets::ten_thousand_passwords_are_nowhere` |
//! | take the name of another video | entities of equal names are told apart by the folders that differ | `options::files_of_one_name_are_named_by_the_folders_that_differ` |
//! | leave less under the name of a whole recording | what is cut short is `out.partial.rrd`, and an earlier recording stays | `trust::a_server_that_drops_in_mid_file_leaves_a_partial_recording` |
//! | run out of its bounds, whatever its bytes | small files of every container are damaged at random in each test run: no panic, no hang, at most 1 GiB, and recordings that keep the contract | `fuzz::damaged_files_break_no_promise` |
//!
//! The servers of [an output that serves](crate::OutputConfig::Serve) and of a viewer that is started listen to this machine
//! alone unless configured otherwise (`viewers::a_web_viewer_is_for_this_machine_alone`). Whoever may connect to them may see
//! the recording and send to the viewer: Rerun has no passwords.
