//! What an input that nobody vouches for can reach, and what keeps it from more. It holds documentation only.
//!
//! Decoding itself is FFmpeg's: its bugs are those of every program that uses it, and its updates matter. What vstream
//! adds is below, each with the test in the repository that holds it.
//!
//! | An input tries to | What happens | Test |
//! |---|---|---|
//! | make the network talk from a local file: a playlist, a list of files | refused as a whole: a file may open files only | `untrusted::a_local_playlist_with_network_addresses_is_rejected` |
//! | read local files from the network | refused: a playlist of a server may open what it came by | `untrusted::a_network_playlist_reads_no_file` |
//! | name playlists that name playlists, without an end | refused where they are local; from a server, opening ends after the time-out | `untrusted::playlists_that_include_each_other_are_rejected` |
//! | the same by a redirect | refused | `untrusted::a_redirect_reads_no_file` |
//! | have a password sent to another server by a redirect | it is not | `untrusted::a_redirect_does_not_receive_the_password` |
//! | open more than a session by a session file (SDP) | it opens what it describes, and only under its own name | `live_detection::a_session_file_is_live_and_opens_only_what_it_describes` |
//! | take memory by a header that lies | sizes and lengths are checked before anything is allocated | `untrusted::a_false_size_in_a_header_allocates_nothing` |
//! | take memory by a record of a bag that lies | no record is longer than 128 MiB | `untrusted::a_false_record_length_in_a_bag_allocates_nothing` |
//! | take memory by a message of a bag that becomes a thousand times as large when decoded | messages of ROS that would take more than 1.5 GiB are refused, one by one | `hostile_bags::a_ros_message_that_decodes_to_too_much_memory_is_the_only_one_lost` |
//! | take memory by empty messages in a list of protobuf, or ones with many columns | messages of protobuf that would take more than 1.5 GiB are refused, one by one | `hostile_bags::a_protobuf_message_that_decodes_to_too_much_memory_is_the_only_one_lost` |
//! | have a type of messages that contains itself, or that cannot be read | its messages stay as they are, and other topics lose nothing | `hostile_bags::a_recursive_or_unreadable_definition_affects_no_other_topic`, `hostile_bags::a_recursive_protobuf_type_is_passed_on_unchanged` |
//! | fill the disk by a compressed bag that becomes a database of any size | 1 GiB of the temporary folder stays free, or half of what was free; only SQLite needs it, all else is decompressed piece by piece | `sqlite_bags::a_database_that_decompresses_to_more_than_the_free_space_is_rejected` |
//! | run a program in a database, or have tables without end | only tables are read, and a query takes a bounded number of steps | `sqlite_bags::sqlite_views_are_not_queried`, `sqlite_bags::a_table_with_a_page_cycle_is_rejected` |
//! | hide a damaged part of a bag of ROS 1 | what does not fit is counted and named, the rest is read | `ros1_bags::a_damaged_message_of_any_topic_is_said` |
//! | pass for longer than it is | progress counts what was read, and missing parts are reported | `untrusted::a_false_duration_does_not_affect_progress` |
//! | control the terminal by its name, its titles or its metadata | control characters, and those that reverse text, are shown as symbols | `untrusted::titles_and_names_cannot_control_the_terminal` |
//! | learn a password, or have it published | names and passwords in addresses reach no message, JSON, recording, entity or FFmpeg log | `secrets::ten_thousand_passwords_leak_nowhere` |
//! | take the name of another video | entities of equal names are told apart by the folders that differ | `options::files_of_one_name_are_named_by_the_folders_that_differ` |
//! | leave less under the name of a whole recording | what is cut short is `out.partial.rrd`, and an earlier recording stays | `write_failures::a_server_that_drops_in_mid_file_leaves_a_partial_recording` |
//! | run out of its bounds, whatever its bytes | small files of every container are damaged at random in each test run: no panic, no hang, at most 1 GiB, and recordings that keep the contract | `fuzz::damaged_files_break_no_promise` |
//!
//! The servers of [an output that serves](crate::OutputConfig::Serve) and of a viewer that is started listen to this machine
//! alone unless configured otherwise (`viewers::a_web_viewer_listens_on_this_machine_only`). Whoever may connect to them may see
//! the recording and send to the viewer: Rerun has no passwords.
