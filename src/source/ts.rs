//! The packets of MPEG-TS: their size, how they begin, and whose they are.
//! What is in them is for those who look for something.

/// Bytes of a packet.
pub(super) const PACKET: usize = 188;
/// What a packet begins with.
pub(super) const SYNC: u8 = 0x47;

/// The PID of a packet, from its second and third byte.
pub(super) fn pid(high: u8, low: u8) -> u16 {
    u16::from_be_bytes([high & 0x1f, low])
}
