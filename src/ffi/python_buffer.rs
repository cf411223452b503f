//! Python arrays through the buffer protocol: their shape, their element type, and copies of their rows.
//! Whether an array is a picture is decided in `python::pixels`.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr;

use pyo3::prelude::*;

/// `PyBUF_STRIDES | PyBUF_FORMAT`: any strides, negative ones as well, and read-only memory.
const STRIDED_WITH_FORMAT: c_int = 0x10 | 0x08 | 0x04;

/// Python's `Py_buffer`. The stable ABI has it from 3.11 on, which is why PyO3 leaves it out for older versions; in
/// 3.10 it is the same, and so are the two functions.
#[repr(C)]
struct PyBuffer {
    buf: *mut c_void,
    obj: *mut pyo3::ffi::PyObject,
    len: isize,
    itemsize: isize,
    readonly: c_int,
    ndim: c_int,
    format: *mut c_char,
    shape: *mut isize,
    strides: *mut isize,
    suboffsets: *mut isize,
    internal: *mut c_void,
}

unsafe extern "C" {
    fn PyObject_GetBuffer(
        object: *mut pyo3::ffi::PyObject,
        view: *mut PyBuffer,
        flags: c_int,
    ) -> c_int;
    fn PyBuffer_Release(view: *mut PyBuffer);
}

/// The memory of an array, which Python keeps in its place until this is dropped.
pub(crate) struct PythonBuffer<'py> {
    view: Box<PyBuffer>,
    py: Python<'py>,
}

/// An array as plain data, which may be read without the interpreter's lock.
#[derive(Clone, Copy)]
pub(crate) struct PythonArray<'a> {
    start: *const u8,
    /// Elements along each dimension.
    shape: &'a [isize],
    /// Bytes from one element to the next along each dimension.
    strides: &'a [isize],
    item_bytes: usize,
}

// SAFETY: it only reads memory that the buffer it borrows from keeps in place.
unsafe impl Send for PythonArray<'_> {}
// SAFETY: as for `Send`; what is read is copied, never referred to.
unsafe impl Sync for PythonArray<'_> {}

impl<'py> PythonBuffer<'py> {
    /// The memory of `object`; Python's `BufferError` or `TypeError` where it has no such memory.
    pub fn of(object: &Bound<'py, PyAny>) -> PyResult<Self> {
        let mut view = Box::new(PyBuffer {
            buf: ptr::null_mut(),
            obj: ptr::null_mut(),
            len: 0,
            itemsize: 0,
            readonly: 0,
            ndim: 0,
            format: ptr::null_mut(),
            shape: ptr::null_mut(),
            strides: ptr::null_mut(),
            suboffsets: ptr::null_mut(),
            internal: ptr::null_mut(),
        });
        // SAFETY: the interpreter's lock is held, as the lifetime proves, and the view is writable and stays in place.
        let got =
            unsafe { PyObject_GetBuffer(object.as_ptr(), &raw mut *view, STRIDED_WITH_FORMAT) };
        if got != 0 {
            return Err(PyErr::fetch(object.py()));
        }
        Ok(Self { view, py: object.py() })
    }

    /// The kind of number, as Python's module `struct` writes it: `B`, `H`, `f`.
    pub fn format(&self) -> &str {
        if self.view.format.is_null() {
            return "B";
        }
        // SAFETY: with PyBUF_FORMAT it is a C string that lives as long as the view.
        unsafe { CStr::from_ptr(self.view.format) }.to_str().unwrap_or("?")
    }

    /// Elements along each dimension.
    pub fn shape(&self) -> &[isize] {
        self.of_dimensions(self.view.shape)
    }

    pub fn array(&self) -> PythonArray<'_> {
        PythonArray {
            start: self.view.buf.cast_const().cast(),
            shape: self.shape(),
            strides: self.of_dimensions(self.view.strides),
            item_bytes: usize::try_from(self.view.itemsize).unwrap_or(0),
        }
    }

    fn of_dimensions(&self, numbers: *mut isize) -> &[isize] {
        let count = usize::try_from(self.view.ndim).unwrap_or(0);
        if numbers.is_null() {
            return &[];
        }
        // SAFETY: shape and strides have a number for each dimension, and live as long as the view.
        unsafe { std::slice::from_raw_parts(numbers, count) }
    }
}

impl Drop for PythonBuffer<'_> {
    fn drop(&mut self) {
        let _locked = self.py;
        // SAFETY: the view was filled by PyObject_GetBuffer, has not moved, and is released once, with the
        // interpreter's lock held.
        unsafe { PyBuffer_Release(&raw mut *self.view) }
    }
}

impl PythonArray<'_> {
    /// Bytes of the elements along all dimensions but the first.
    pub fn row_bytes(&self) -> usize {
        let elements: isize = self.shape.iter().skip(1).product();
        usize::try_from(elements).unwrap_or(0) * self.item_bytes
    }

    /// Copy the elements of the row of that number along the first dimension, in order. `false`, and nothing is copied,
    /// where there is no such row or `to` is not as long as it.
    pub fn copy_row(&self, row: usize, to: &mut [u8]) -> bool {
        let (Some((&rows, shape)), Some((&stride, strides))) =
            (self.shape.split_first(), self.strides.split_first())
        else {
            return false;
        };
        let Some(row) = isize::try_from(row).ok().filter(|row| *row < rows) else {
            return false;
        };
        if to.len() != self.row_bytes() || shape.len() != strides.len() {
            return false;
        }
        // SAFETY: the row is one of the array's, and `to` has room for all of its elements.
        unsafe { copy(self.start.offset(row * stride), shape, strides, self.item_bytes, to) };
        true
    }
}

/// Copy the elements of an array in order.
///
/// # Safety
/// The array with this start, shape, strides and size of elements is in readable memory, and `to` is as long as its
/// elements are together.
unsafe fn copy(start: *const u8, shape: &[isize], strides: &[isize], item: usize, to: &mut [u8]) {
    if is_packed(shape, strides, item) {
        // SAFETY: the elements lie behind each other, and `to` is as long as they are; it is not Python's memory.
        return unsafe { ptr::copy_nonoverlapping(start, to.as_mut_ptr(), to.len()) };
    }
    let (Some((&count, shape)), Some((&stride, strides))) =
        (shape.split_first(), strides.split_first())
    else {
        return;
    };
    let Some(bytes) = to.len().checked_div(usize::try_from(count).unwrap_or(0)) else {
        return;
    };
    // A colour with its components reversed is the usual case, and a call for each byte would be slow.
    if shape.is_empty() && item == 1 {
        for (index, to) in (0..count).zip(to) {
            // SAFETY: the element of that index is in the same memory.
            *to = unsafe { start.offset(index * stride).read() };
        }
        return;
    }
    for (index, to) in (0..count).zip(to.chunks_exact_mut(bytes.max(1))) {
        // SAFETY: the part of that index along the first dimension is an array in the same memory.
        unsafe { copy(start.offset(index * stride), shape, strides, item, to) };
    }
}

/// Whether the elements lie behind each other in order.
fn is_packed(shape: &[isize], strides: &[isize], item: usize) -> bool {
    let mut expected = item as isize;
    shape.iter().zip(strides).rev().all(|(&count, &stride)| {
        let fits = count == 1 || stride == expected;
        expected *= count;
        fits
    })
}
