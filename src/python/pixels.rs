//! Python arrays as frames: which shapes and element types are pictures, and how values become eight bits.
//! The memory layout of an array is handled in `ffi`.

use crate::config::MOST_PIXELS;
use crate::error::{Error, ErrorKind, Result};
use crate::ffi::{Frame, PlanesError, PythonArray, PythonBuffer};
use crate::picture::from_rgb::{self, Components, RgbRows};
use crate::picture::rgb_layout::Row;

/// How the pictures of one writer are understood.
#[derive(Debug, Clone, Copy, Default)]
pub struct PixelRules {
    pub order: Components,
    /// The numbers that are shown black and white.
    pub range: Option<(f64, f64)>,
}

/// The numbers of an array.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Numbers {
    /// Eight bits: taken as they are.
    Bytes,
    U16,
    F32,
    F64,
}

impl Numbers {
    fn bytes(self) -> usize {
        match self {
            Self::Bytes => 1,
            Self::U16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }
}

/// The components of a pixel.
#[derive(Debug, Clone, Copy)]
enum Layout {
    /// Converted here.
    Colour(Components),
    /// Converted later, from the pixel format of that name.
    Other(&'static str),
}

/// A picture whose pixels are still Python's.
pub struct Pixels<'a> {
    array: PythonArray<'a>,
    pub width: u32,
    pub height: u32,
    layout: Layout,
    numbers: Numbers,
    /// What is shown black, and by what a number above it is multiplied.
    scale: (f64, f64),
}

impl<'a> Pixels<'a> {
    /// The picture that an array is, or why it is none.
    pub fn of(buffer: &'a PythonBuffer<'_>, rules: PixelRules, subject: &str) -> Result<Self> {
        let (shape, dtype) = (buffer.shape(), buffer.format().trim_start_matches(['@', '=', '<']));
        let misfit = |remedy: &str| {
            let shape: Vec<String> = shape.iter().map(ToString::to_string).collect();
            let comma = if shape.len() == 1 { "," } else { "" };
            let dtype = name_of(dtype);
            let array =
                format!("an array of shape ({}{comma}) and dtype {dtype}", shape.join(", "));
            Error::new(ErrorKind::Frame, subject, format!("{array} is not a picture"))
                .with_remedy(remedy)
        };
        let sides = 1..=MOST_PIXELS;
        let side = |side: isize| u32::try_from(side).ok().filter(|side| sides.contains(side));
        let (height, width, channels) = match *shape {
            [height, width] => (side(height), side(width), 1),
            [height, width, channels @ (1 | 3 | 4)] => (side(height), side(width), channels),
            [1 | 3 | 4, _, _] => {
                return Err(misfit(
                    "colours come last: transpose(1, 2, 0), or permute(1, 2, 0) of a tensor",
                ));
            }
            [_, _, _, _] => return Err(misfit("write the pictures of a batch one by one")),
            _ => return Err(misfit("give height × width, or height × width × 1, 3 or 4")),
        };
        let (Some(height), Some(width)) = (height, width) else {
            return Err(misfit("each side has 1 to 16384 pixels"));
        };
        let numbers = match dtype {
            "B" => Numbers::Bytes,
            "H" => Numbers::U16,
            "f" => Numbers::F32,
            "d" => Numbers::F64,
            _ => return Err(misfit("give uint8, uint16 with range=, float32 or float64")),
        };
        let (low, high) = match (numbers, rules.range) {
            (Numbers::Bytes, Some(_)) => return Err(misfit("range= is for uint16 and floats")),
            (Numbers::Bytes, None) => (0.0, 255.0),
            (Numbers::U16, None) => {
                return Err(misfit("give range=(LOW, HIGH), what is shown black and white"));
            }
            (Numbers::F32 | Numbers::F64, None) => (0.0, 1.0),
            (_, Some(range)) => range,
        };
        let layout = match (channels, rules.order) {
            (3, order) => Layout::Colour(order),
            (4, Components::Rgb) => Layout::Other("rgba"),
            (4, Components::Bgr) => Layout::Other("bgra"),
            _ => Layout::Other("gray"),
        };
        let scale = (low, 255.0 / (high - low));
        Ok(Self { array: buffer.array(), width, height, layout, numbers, scale })
    }

    /// A copy of it as a frame.
    pub fn frame(&self, subject: &str) -> Result<Frame> {
        let made = match self.layout {
            Layout::Colour(order) if self.width > 1 && self.height > 1 => {
                let mut rows = ReadRows {
                    pixels: self,
                    rows: [self.row_of_bytes(), self.row_of_bytes()],
                    scratch: Vec::new(),
                };
                from_rgb::frame(&mut rows, (self.width, self.height), order.into())
                    .map_err(Into::into)
            }
            Layout::Colour(Components::Rgb) => self.copied("rgb24"),
            Layout::Colour(Components::Bgr) => self.copied("bgr24"),
            Layout::Other(format) => self.copied(format),
        };
        made.map_err(|error| Error::new(ErrorKind::Frame, subject, error))
    }

    /// A frame of the same pixels.
    fn copied(&self, format: &str) -> Result<Frame, PlanesError> {
        let mut scratch = Vec::new();
        let read = |number, to: &mut [u8]| self.read(number, to, &mut scratch);
        Frame::from_rows(format, self.width, self.height, read)
    }

    fn row_of_bytes(&self) -> Vec<u8> {
        vec![0; self.array.row_bytes() / self.numbers.bytes()]
    }

    /// Read a row as bytes. Other numbers are first copied to `scratch`.
    fn read(&self, number: usize, to: &mut [u8], scratch: &mut Vec<u8>) {
        if self.numbers == Numbers::Bytes {
            self.array.copy_row(number, to);
            return;
        }
        scratch.resize(self.array.row_bytes(), 0);
        self.array.copy_row(number, scratch);
        match self.numbers {
            Numbers::Bytes => {}
            Numbers::U16 => self.convert(scratch, to, |n| f64::from(u16::from_ne_bytes(n))),
            Numbers::F32 => self.convert(scratch, to, |n| f64::from(f32::from_ne_bytes(n))),
            Numbers::F64 => self.convert(scratch, to, f64::from_ne_bytes),
        }
    }

    /// Numbers to eight bits; what is not a number is black.
    fn convert<const BYTES: usize>(
        &self,
        row: &[u8],
        to: &mut [u8],
        number: impl Fn([u8; BYTES]) -> f64,
    ) {
        let (low, factor) = self.scale;
        let (items, _) = row.as_chunks::<BYTES>();
        for (item, to) in items.iter().zip(to) {
            // The cast saturates, and makes NaN 0.
            *to = ((number(*item) - low) * factor).round() as u8;
        }
    }
}

/// Rows of an array, as bytes.
struct ReadRows<'p, 'a> {
    pixels: &'p Pixels<'a>,
    rows: [Vec<u8>; 2],
    scratch: Vec<u8>,
}

impl RgbRows for ReadRows<'_, '_> {
    fn pair(&mut self, first: usize) -> [Row<'_>; 2] {
        for (number, row) in (first..).zip(&mut self.rows) {
            self.pixels.read(number, row, &mut self.scratch);
        }
        self.rows.each_ref().map(|row| [row.as_slice(), &[], &[], &[]])
    }
}

/// NumPy's name of a kind of number.
fn name_of(format: &str) -> &str {
    match format {
        "?" => "bool",
        "b" => "int8",
        "B" => "uint8",
        "h" => "int16",
        "H" => "uint16",
        "i" => "int32",
        "I" => "uint32",
        "l" | "q" => "int64",
        "L" | "Q" => "uint64",
        "e" => "float16",
        "f" => "float32",
        "d" => "float64",
        other => other,
    }
}
