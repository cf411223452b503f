//! Whether Rerun can lay out messages of protobuf as columns. A type may contain itself, which is allowed and in use
//! (`google.protobuf.Struct`), but has no columns. It decodes no message.

use std::collections::BTreeMap;

use prost_reflect::{DescriptorPool, Kind};

use super::definition_size::{Fields, can_be_laid_out};

/// Check the definition of the type `name`. An error for one that Rerun cannot read or lay out.
pub(super) fn check(name: &str, data: &[u8]) -> Result<(), String> {
    let pool = DescriptorPool::decode(data).map_err(|error| error.to_string())?;
    let Some(top) = pool.get_message_by_name(name) else {
        return Err("it is not in it".to_owned());
    };
    let mut places = BTreeMap::from([(top.full_name().to_owned(), 0)]);
    let mut waiting = vec![top];
    let mut types: Vec<Fields> = Vec::new();
    while let Some(one) = waiting.get(types.len()).cloned() {
        let mut place = |kind: Kind| match kind {
            Kind::Message(inner) => {
                let next = waiting.len();
                let place = *places.entry(inner.full_name().to_owned()).or_insert(next);
                if place == next {
                    waiting.push(inner);
                }
                Some(place)
            }
            _ => None,
        };
        types.push(one.fields().map(|field| place(field.kind())).collect());
    }
    match can_be_laid_out(&types) {
        true => Ok(()),
        false => Err("it is too large to lay out".to_owned()),
    }
}
