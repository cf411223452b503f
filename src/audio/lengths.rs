//! How many samples a packet holds, by its codec.
//! It decodes nothing.

use crate::bitstream::flac;
use crate::ffi::{AudioParameters, Packet, VorbisLengths};

/// Looks at the packets of one stream in their order.
pub(super) enum Lengths {
    /// By the parameters and the packet's size: AAC, MP3, PCM.
    BySize,
    Flac,
    Vorbis(VorbisLengths),
}

impl Lengths {
    pub fn of(parameters: &AudioParameters) -> Self {
        match parameters.codec().as_str() {
            "flac" => Self::Flac,
            "vorbis" => {
                VorbisLengths::new(parameters.extradata()).map_or(Self::BySize, Self::Vorbis)
            }
            _ => Self::BySize,
        }
    }

    /// Whether it holds headers: where another stream begins in the same file, FFmpeg gives them as packets.
    pub fn is_header(&self, packet: &Packet) -> bool {
        matches!(self, Self::Vorbis(_)) && packet.data().first().is_some_and(|kind| kind & 1 == 1)
    }

    /// `None` if the packet is damaged.
    pub fn samples(&mut self, packet: &Packet, parameters: &AudioParameters) -> Option<u32> {
        match self {
            Self::BySize => parameters.samples_in(packet),
            Self::Flac => flac::samples(packet.data()).filter(|_| flac::is_whole(packet.data())),
            Self::Vorbis(lengths) => lengths.samples(packet.data()),
        }
    }
}
