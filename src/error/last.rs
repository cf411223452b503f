//! Chains whose stages take no errors: an error of the source is passed on after everything that came before it. What
//! an error means is decided by whoever gets it.

use std::iter::once_with;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Error, Result};

/// Run the items up to the first error through `chain`, and pass that error on behind them.
pub(crate) fn error_last<T, I, C>(
    items: I,
    chain: impl FnOnce(Box<dyn Iterator<Item = T> + Send>) -> C,
) -> Box<dyn Iterator<Item = Result<C::Item>> + Send>
where
    T: 'static,
    I: Iterator<Item = Result<T>> + Send + 'static,
    C: Iterator + Send + 'static,
{
    let failed = Arc::<Mutex<Option<Error>>>::default();
    let fails = failed.clone();
    let good = items.map_while(move |item| {
        item.map_err(|error| *fails.lock().unwrap_or_else(PoisonError::into_inner) = Some(error))
            .ok()
    });
    let error = once_with(move || failed.lock().unwrap_or_else(PoisonError::into_inner).take());
    Box::new(chain(Box::new(good)).map(Ok).chain(error.flatten().map(Err)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn outputs_held_back_by_a_stage_come_before_the_error() {
        let error = || Error::new(ErrorKind::Read, "in.mp3", "it breaks off");
        let items = vec![Ok(1), Ok(2), Ok(3), Err(error()), Ok(4)];
        let sums =
            |items: Box<dyn Iterator<Item = u32> + Send>| std::iter::once(items.sum::<u32>());
        let got: Vec<_> = error_last(items.into_iter(), sums).collect();
        assert_eq!(got, [Ok(6), Err(error())]);
        let whole = error_last(vec![Ok(1), Ok(2)].into_iter(), |items| items);
        assert_eq!(whole.collect::<Vec<_>>(), [Ok(1), Ok(2)]);
    }
}
