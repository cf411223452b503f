//! What an untrusted input can reach, and what limits it. This module holds documentation only.
//!
//! Decoding is done by FFmpeg and is as safe as the installed version: keep it up to date. The table lists what vstream
//! adds, each with the test in the repository that checks it.
//!
//! | An input tries to | What happens | Test |
//! |---|---|---|
//! | open network addresses from a local playlist or list of files | it is refused: a local file may open local files only | `untrusted::a_local_playlist_with_network_addresses_is_rejected` |
//! | read local files from a playlist on a server | it is refused: it may open network addresses only | `untrusted::a_network_playlist_reads_no_file` |
//! | nest playlists without an end | local ones are refused; from a server, opening ends after the time-out | `untrusted::playlists_that_include_each_other_are_rejected` |
//! | read local files by a redirect | it is refused | `untrusted::a_redirect_reads_no_file` |
//! | have a password sent to another server by a redirect | it is not sent | `untrusted::a_redirect_does_not_receive_the_password` |
//! | open other files by a session file (SDP) | it opens only the session that it describes, and only if its name ends in `.sdp` or that format was given | `live_detection::a_session_file_is_live_and_opens_only_what_it_describes` |
//! | exhaust memory by a false header | sizes and lengths are checked before anything is allocated | `untrusted::a_false_size_in_a_header_allocates_nothing` |
//! | exhaust memory by a false length of a record in a bag | no record is longer than 128 MiB | `untrusted::a_false_record_length_in_a_bag_allocates_nothing` |
//! | exhaust memory by a message of a bag that becomes a thousand times as large when decoded | each ROS message that would take more than 1.5 GiB is refused | `hostile_bags::a_ros_message_that_decodes_to_too_much_memory_is_the_only_one_lost` |
//! | exhaust memory by protobuf lists of empty messages, or of ones with many columns | each protobuf message that would take more than 1.5 GiB is refused | `hostile_bags::a_protobuf_message_that_decodes_to_too_much_memory_is_the_only_one_lost` |
//! | define a message type that contains itself, or that cannot be read | its messages are passed on undecoded, and other topics lose nothing | `hostile_bags::a_recursive_or_unreadable_definition_affects_no_other_topic`, `hostile_bags::a_recursive_protobuf_type_is_passed_on_unchanged` |
//! | fill the disk by a compressed bag that becomes a database of any size | 1 GiB of the temporary folder stays free, or half of what was free; only SQLite needs it, all else is decompressed piece by piece | `sqlite_bags::a_database_that_decompresses_to_more_than_the_free_space_is_rejected` |
//! | run code in a database by views, or have tables without an end | only tables are read, and each query may take a limited number of steps | `sqlite_bags::sqlite_views_are_not_queried`, `sqlite_bags::a_table_with_a_page_cycle_is_rejected` |
//! | hide a damaged part of a ROS 1 bag | damaged messages are counted and reported, the rest is read | `ros1_bags::a_damaged_message_of_any_topic_is_said` |
//! | state a false duration | progress counts what was read, and missing parts are reported | `untrusted::a_false_duration_does_not_affect_progress` |
//! | control the terminal by its name, titles or metadata | control characters, and those that reverse text, are shown as symbols | `untrusted::titles_and_names_cannot_control_the_terminal` |
//! | learn a password, or have it published | names and passwords in addresses reach no message, JSON, recording, entity or FFmpeg log | `secrets::ten_thousand_passwords_leak_nowhere` |
//! | take the entity of another video of the same name | entities are distinguished by the folders that differ | `options::files_of_one_name_are_named_by_the_folders_that_differ` |
//! | replace a complete recording by an incomplete one | an incomplete one is named `out.partial.rrd`, and an earlier `out.rrd` stays | `write_failures::a_server_that_drops_in_mid_file_leaves_a_partial_recording` |
//! | crash or hang the program by damaged bytes | small files of every container are damaged at random in each test run: no panic, no hang, at most 1 GiB, and recordings that keep the contract | `fuzz::damaged_files_break_no_promise` |
//!
//! The servers of [an output that serves](crate::OutputConfig::Serve) and of a viewer that is started listen to this machine
//! alone unless configured otherwise (`viewers::a_web_viewer_listens_on_this_machine_only`). Whoever may connect to them may see
//! the recording and send to the viewer: Rerun has no passwords.
