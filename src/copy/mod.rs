//! Packets to samples as they are, or the reason why that cannot be.
//! It never decodes; what the bytes of a packet say is found in `bitstream`.

pub(crate) mod check;
pub(crate) mod copied;
pub(crate) mod examine;
pub(crate) mod form;
pub(crate) mod joined;
pub(crate) mod observer;
mod packets;
pub(crate) mod reason;
pub(crate) mod remux;
pub(crate) mod verdict;
