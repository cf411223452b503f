//! Which input, codec or graph a line of FFmpeg's log reaches, and which listener.
//! The causes that users see are tested by the integration tests.

use super::super::{BriefProbe, Input, OpenFailure, OpenRequest};
use super::*;
use crate::event::Cancel;
use std::sync::mpsc;
use std::time::Duration;

fn open(url: &str) -> Result<Input, OpenFailure> {
    Input::open(&OpenRequest {
        probe_briefly: BriefProbe::Never,
        url: url.as_ref(),
        format: None,
        options: &[],
        non_blocking: false,
        cancel: Cancel::new(),
        timeout: None,
    })
}

fn failure(url: &str) -> String {
    match open(url) {
        Err(OpenFailure::Failed(error)) => error.to_string(),
        other => panic!("{url}: {other:?}"),
    }
}

#[test]
fn log_prefixes_are_removed() {
    assert_eq!(without_prefixes("[a @ 0x1] [b @ 0x2] no [c] here"), "no [c] here");
    assert_eq!(without_prefixes("plain"), "plain");
}

#[test]
fn concurrently_failing_inputs_have_their_own_causes() {
    const INPUTS: usize = 16;
    const ROUNDS: usize = 100;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: String| folder.path().join(name).to_str().unwrap().to_owned();
    // FFmpeg names the missing file of a list in its log only: the error code is the same for all of them.
    let lists: Vec<(String, String)> = (0..INPUTS)
        .map(|index| {
            let list = path(format!("list{index}.ffconcat"));
            let missing = format!("missing{index}.mp4");
            std::fs::write(&list, format!("ffconcat version 1.0\nfile {missing}\n")).unwrap();
            (list, missing)
        })
        .collect();
    std::thread::scope(|scope| {
        for (list, missing) in &lists {
            scope.spawn(move || {
                for _ in 0..ROUNDS {
                    let cause = failure(list);
                    assert!(cause.contains(&format!("/{missing}'")), "{list}: {cause}");
                }
            });
        }
    });
}

#[test]
fn a_line_of_a_codecs_own_thread_belongs_to_the_codec() {
    let owner = LogOwner::new();
    let other = LogOwner::new();
    // SAFETY: the context is allocated here, only logged with, and freed here.
    unsafe {
        let context = ffi::avcodec_alloc_context3(std::ptr::null());
        (*context).opaque = owner.token();
        let address = context.addr();
        let _scope = other.enter();
        std::thread::spawn(move || {
            let context = std::ptr::with_exposed_provenance_mut::<c_void>(address);
            ffi::av_log(context, 16, c"of a worker\n".as_ptr());
        })
        .join()
        .unwrap();
        // The context says more than the thread.
        ffi::av_log(context.cast(), 16, c"of the codec\n".as_ptr());
        assert_eq!(owner.take().as_deref(), Some("of the codec"));
        assert_eq!((owner.take(), other.take()), (None, None));
        ffi::av_log(std::ptr::null_mut(), 16, c"of the thread\n".as_ptr());
        assert_eq!((owner.take(), other.take().as_deref()), (None, Some("of the thread")));
        let mut context = context;
        ffi::avcodec_free_context(&mut context);
    }
}

#[test]
fn a_listener_may_panic_and_call_back() {
    let (said, heard) = mpsc::channel();
    let said = std::sync::Mutex::new(said);
    on_ffmpeg_log(LogLevel::Error, move |_, line| {
        if line.contains("panic here") {
            panic!("a listener's own mistake");
        }
        if line.contains("call back here") {
            let _ = said.lock().unwrap().send(failure("no/such/input"));
        }
    });
    let owner = LogOwner::new();
    let _scope = owner.enter();
    // SAFETY: FFmpeg takes a line without a context.
    unsafe {
        ffi::av_log(std::ptr::null_mut(), 16, c"panic here\n".as_ptr());
        ffi::av_log(std::ptr::null_mut(), 16, c"call back here\n".as_ptr());
    }
    let answer = heard.recv_timeout(Duration::from_secs(60)).unwrap();
    assert!(answer.contains("No such file"), "{answer}");
    assert_eq!(owner.take().as_deref(), Some("call back here"));
}
