//! Which input, codec or filter graph a line of FFmpeg's log is about, and the last errors that were logged about each.
//! It neither formats lines nor listens.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::c_void;
use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use ffmpeg_next::ffi;

use super::super::av::{AvError, FfmpegError, Received};

/// The owners that exist, by the address of their lines. FFmpeg's contexts carry that address in `opaque`.
static OWNERS: RwLock<BTreeMap<usize, Arc<Lines>>> = RwLock::new(BTreeMap::new());

thread_local! {
    /// Whose call of FFmpeg this thread is in.
    static CURRENT: RefCell<Option<Arc<Lines>>> = const { RefCell::new(None) };
}

/// How many parents of a context are looked at: more than FFmpeg ever nests.
const MOST_PARENTS: usize = 8;

/// What FFmpeg logged as errors about one input, codec or filter graph.
///
/// A line belongs to an owner if its context does: the context, or one of its parents, carries [`Self::token`] in
/// `opaque`. That holds on FFmpeg's own threads too, since their copies of a codec context keep the field. What has no
/// such context (protocols, demuxers inside a demuxer, libraries) is logged on the thread that called FFmpeg, inside
/// [`Self::enter`].
pub(crate) struct LogOwner(Arc<Lines>);

#[derive(Default)]
pub(super) struct Lines {
    errors: Mutex<Errors>,
    /// Something was recorded at some time: most inputs never log anything, and are asked for it at each packet.
    any: AtomicBool,
}

#[derive(Default)]
struct Errors {
    last: Option<String>,
    /// The last protocol that may not be used. What that leads to later in the log says less, and FFmpeg has no
    /// distinct error code for it.
    blocked: Option<String>,
    /// Segments of a playlist that were left out. Reading goes on with the next one, without an error.
    lost_segments: u64,
    /// How many segments were begun in this read, by their playlist. All but the last of each held no packet.
    begun_segments: BTreeMap<String, u64>,
    /// Places of a Matroska file that hold something else, which are skipped without an error.
    skipped: u64,
    /// The file ends in the middle of its data, which is no error either.
    is_cut: bool,
    /// Pictures that others refer to, and that the decoder did not get.
    missing_pictures: u64,
    /// Frames of sound that broke off, and were filled up without an error.
    concealed_sound: u64,
}

/// What is logged after the reason, about the same failure.
const CONSEQUENCES: [&str; 5] = [
    "Error processing filtergraph: ",
    // "… input pad on Parsed_crop_0", after what is wrong with the values.
    "Failed to configure ",
    "Unable to open key file",
    "Unable to open resource",
    "Error when loading first segment",
];

/// Segments of a playlist.
#[derive(Default)]
pub(crate) struct Segments {
    /// They were begun.
    pub begun: u64,
    /// They could not be opened, or held no packet.
    pub lost: u64,
}

/// Logged where a file ends in the middle of its data: Matroska, AV1.
const CUT: [&str; 2] = ["File ended prematurely", "Failed to get packet for obu"];

/// Logged where something in a file is skipped that is no part of it: in Matroska, Ogg and MXF.
fn is_skip(line: &str) -> bool {
    // "0x00 at pos 13822 (0x35fe) invalid as first byte of an EBML number" and others.
    const PARTS: [&str; 3] =
        ["EBML number", "exceeds containing master element", "edit unit sync lost"];
    line.starts_with("CRC mismatch") || PARTS.iter().any(|part| line.contains(part))
}

impl Lines {
    /// To record something.
    fn errors(&self) -> MutexGuard<'_, Errors> {
        let errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        self.any.store(true, Ordering::Release);
        errors
    }

    /// What was recorded; `None` if nothing ever was.
    fn recorded(&self) -> Option<MutexGuard<'_, Errors>> {
        self.any.load(Ordering::Acquire).then(|| self.errors())
    }

    pub fn record_warning(&self, line: &str) {
        if is_skip(line) {
            self.errors().skipped += 1;
        }
        // HLS calls them segments, DASH fragments.
        if line.starts_with("Failed to open segment") || line.starts_with("Failed to open fragment")
        {
            self.errors().lost_segments += 1;
        }
        // FFmpeg has one error code for most answers of a server.
        if line.starts_with("HTTP error ") {
            self.record(line);
        }
    }

    /// "HLS request for url '…', offset 0, playlist 0".
    pub fn record_request(&self, line: &str) {
        let playlist = line.rsplit(' ').next().unwrap_or_default();
        let mut errors = self.errors();
        *errors.begun_segments.entry(playlist.to_owned()).or_default() += 1;
    }

    /// A picture's number is not the next one.
    pub fn record_gap(&self) {
        self.errors().missing_pictures += 1;
    }

    pub fn record(&self, line: &str) {
        let mut errors = self.errors();
        if line.contains("not on whitelist") {
            errors.blocked = Some(line.trim_end_matches('!').to_owned());
        }
        errors.skipped += u64::from(is_skip(line));
        errors.is_cut |= CUT.iter().any(|known| line.starts_with(known));
        // Of H.265.
        errors.missing_pictures += u64::from(line.starts_with("Could not find ref with POC"));
        // Of AC-3 and E-AC-3, once in a frame.
        errors.concealed_sound += u64::from(line.starts_with("error decoding the audio block"));
        let is_consequence = CONSEQUENCES.iter().any(|known| line.starts_with(known));
        if errors.last.is_none() || !is_consequence {
            errors.last = Some(line.to_owned());
        }
    }
}

impl LogOwner {
    pub fn new() -> Self {
        super::super::init();
        let lines = Arc::<Lines>::default();
        let mut owners = OWNERS.write().unwrap_or_else(PoisonError::into_inner);
        owners.insert(address(&lines), lines.clone());
        Self(lines)
    }

    /// For the `opaque` field of a context. It is looked up, and never followed.
    pub fn token(&self) -> *mut c_void {
        Arc::as_ptr(&self.0).cast::<c_void>().cast_mut()
    }

    /// What this thread logs until the scope ends is about this owner, where its context does not say otherwise.
    pub fn enter(&self) -> Scope {
        let before = CURRENT.try_with(|current| current.replace(Some(self.0.clone())));
        Scope { before: before.ok().flatten(), same_thread: PhantomData }
    }

    /// Call FFmpeg and check the code that it returns. An error has what was logged meanwhile.
    pub fn check(&self, call: impl FnOnce() -> i32) -> Result<i32, FfmpegError> {
        self.take();
        let code = {
            let _scope = self.enter();
            call()
        };
        AvError::check(code).map_err(|code| self.error(code))
    }

    /// Ask FFmpeg for the next output by a call that fills it where it returns no error.
    pub fn receive(&self, call: impl FnOnce() -> i32) -> Result<Received<()>, FfmpegError> {
        let code = {
            let _scope = self.enter();
            call()
        };
        Received::from_code(code, ()).map_err(|code| self.error(code))
    }

    /// The error of a call, with what was last logged about its owner.
    pub fn error(&self, code: AvError) -> FfmpegError {
        FfmpegError { code, logged: self.take() }
    }

    /// The error line that was logged last, once.
    pub fn take(&self) -> Option<String> {
        self.0.recorded()?.last.take().filter(|line| !line.is_empty())
    }

    /// Reset the counts of begun segments.
    pub fn forget_begun_segments(&self) {
        if let Some(mut errors) = self.0.recorded() {
            errors.begun_segments.clear();
        }
    }

    /// The segments of a playlist since the last call. `found_one`: the last one that was begun held a packet.
    pub fn take_segments(&self, found_one: bool) -> Segments {
        let Some(mut errors) = self.0.recorded() else {
            return Segments::default();
        };
        let unopened = std::mem::take(&mut errors.lost_segments);
        let begun = std::mem::take(&mut errors.begun_segments);
        // Those that could not be opened were begun, too.
        let empty: u64 = begun.values().map(|count| count - u64::from(found_one)).sum();
        Segments { begun: begun.values().sum(), lost: unopened.max(empty) }
    }

    /// How many places of a Matroska file were skipped since the last call.
    pub fn take_skipped(&self) -> u64 {
        self.0.recorded().map_or(0, |mut errors| std::mem::take(&mut errors.skipped))
    }

    /// How many pictures that others refer to were found missing since the last call.
    pub fn take_missing_pictures(&self) -> u64 {
        self.0.recorded().map_or(0, |mut errors| std::mem::take(&mut errors.missing_pictures))
    }

    /// How many frames of sound broke off in their middle since the last call.
    pub fn take_concealed_sound(&self) -> u64 {
        self.0.recorded().map_or(0, |mut errors| std::mem::take(&mut errors.concealed_sound))
    }

    /// FFmpeg logged that the file ends in the middle of its data.
    pub fn is_cut(&self) -> bool {
        self.0.recorded().is_some_and(|errors| errors.is_cut)
    }

    /// What FFmpeg logged of a protocol that may not be used, if it did.
    pub fn blocked(&self) -> Option<String> {
        self.0.recorded()?.blocked.clone()
    }
}

impl fmt::Debug for LogOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LogOwner").field(&self.token()).finish()
    }
}

impl Drop for LogOwner {
    fn drop(&mut self) {
        let mut owners = OWNERS.write().unwrap_or_else(PoisonError::into_inner);
        owners.remove(&address(&self.0));
        drop(owners);
        // The listener has received every line about it once it is closed.
        super::listener::flush();
    }
}

/// Restores what was there before.
pub(crate) struct Scope {
    before: Option<Arc<Lines>>,
    /// It belongs to the thread that it was made on.
    same_thread: PhantomData<*const ()>,
}

impl Drop for Scope {
    fn drop(&mut self) {
        let before = self.before.take();
        let _ = CURRENT.try_with(|current| current.replace(before));
    }
}

fn address(lines: &Arc<Lines>) -> usize {
    Arc::as_ptr(lines).addr()
}

/// The owner of a context, by itself or by one of its parents.
///
/// # Safety
/// `context` is null or what FFmpeg passes to its log: a structure that begins with a pointer to its class.
pub(super) unsafe fn of_context(context: *mut c_void) -> Option<Arc<Lines>> {
    let mut context = context;
    for _ in 0..MOST_PARENTS {
        if context.is_null() {
            return None;
        }
        // SAFETY: the caller's promise, and that of every class for its parent: at the offset that it gives is a
        // pointer to another such structure, or null.
        unsafe {
            let class = *context.cast::<*const ffi::AVClass>();
            if class.is_null() {
                return None;
            }
            if let Some(owner) = carried(context, class) {
                return Some(owner);
            }
            let offset = usize::try_from((*class).parent_log_context_offset).unwrap_or(0);
            if offset == 0 {
                return None;
            }
            context = context.byte_add(offset).cast::<*mut c_void>().read();
        }
    }
    None
}

/// The owner whose token a context carries.
///
/// # Safety
/// `context` is a structure of that class.
unsafe fn carried(context: *mut c_void, class: *const ffi::AVClass) -> Option<Arc<Lines>> {
    // SAFETY: the classes are static, and each belongs to one kind of public structure.
    let token = unsafe {
        if class == ffi::avcodec_get_class() {
            (*context.cast::<ffi::AVCodecContext>()).opaque
        } else if class == ffi::avformat_get_class() {
            (*context.cast::<ffi::AVFormatContext>()).opaque
        } else if class == ffi::avfilter_get_class() {
            let graph = (*context.cast::<ffi::AVFilterContext>()).graph;
            if graph.is_null() { return None } else { (*graph).opaque }
        } else {
            return None;
        }
    };
    let owners = OWNERS.read().unwrap_or_else(PoisonError::into_inner);
    owners.get(&token.addr()).cloned()
}

/// The owner whose call this thread is in.
pub(super) fn of_thread() -> Option<Arc<Lines>> {
    CURRENT.try_with(|current| current.borrow().clone()).ok().flatten()
}
