//! Packets to samples as they are, or the reason why that cannot be.
//! It never decodes; what the bytes of a packet say is found in `bitstream`.

pub(crate) mod copied;
pub(crate) mod examine;
pub(crate) mod form;
mod packets;
pub(crate) mod refusal;
pub(crate) mod remux;
pub(crate) mod scan;
pub(crate) mod verdict;
pub(crate) mod watch;
