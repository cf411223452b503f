//! Arrays of Python as frames: which shapes and numbers are pictures, and how numbers become eight bits.
//! How an array lies in memory is known in `ffi`.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi::{Frame, PythonArray, PythonBuffer};
use crate::named::named;

/// The order of the components of a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    #[default]
    Rgb,
    Bgr,
}

named!(Order, "an order of colours", "write rgb or bgr", {
    Rgb: "rgb",
    Bgr: "bgr",
});

/// How the pictures of one writer are understood.
#[derive(Debug, Clone, Copy, Default)]
pub struct PixelRules {
    pub order: Order,
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

/// A picture whose pixels are still Python's.
pub struct Pixels<'a> {
    array: PythonArray<'a>,
    pub width: u32,
    pub height: u32,
    format: &'static str,
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
            Error::new(ErrorKind::Frame, subject, format!("{array} is no picture"))
                .with_remedy(remedy)
        };
        let side = |side: isize| u32::try_from(side).ok().filter(|side| *side > 0);
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
            return Err(misfit("it has no pixels"));
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
        let format = match (channels, rules.order) {
            (3, Order::Rgb) => "rgb24",
            (3, Order::Bgr) => "bgr24",
            (4, Order::Rgb) => "rgba",
            (4, Order::Bgr) => "bgra",
            _ => "gray",
        };
        let scale = (low, 255.0 / (high - low));
        Ok(Self { array: buffer.array(), width, height, format, numbers, scale })
    }

    /// A copy of it as a frame.
    pub fn frame(&self, subject: &str) -> Result<Frame> {
        let mut row = vec![0; self.array.row_bytes()];
        let fill = |number, to: &mut [u8]| match self.numbers {
            Numbers::Bytes => {
                self.array.copy_row(number, to);
            }
            Numbers::U16 => {
                self.array.copy_row(number, &mut row);
                self.convert(&row, to, |item: [u8; 2]| f64::from(u16::from_ne_bytes(item)));
            }
            Numbers::F32 => {
                self.array.copy_row(number, &mut row);
                self.convert(&row, to, |item: [u8; 4]| f64::from(f32::from_ne_bytes(item)));
            }
            Numbers::F64 => {
                self.array.copy_row(number, &mut row);
                self.convert(&row, to, f64::from_ne_bytes);
            }
        };
        let made = Frame::from_rows(self.format, self.width, self.height, fill);
        made.map_err(|error| Error::new(ErrorKind::Frame, subject, error))
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
