//! The library's errors as exceptions of the package, which are defined in `vstream/_errors.py`.
//! It words no error.

use pyo3::prelude::*;

use super::remedies;
use crate::error::Error;

impl From<Error> for PyErr {
    fn from(error: Error) -> Self {
        Python::attach(|py| exception(py, &error).unwrap_or_else(|failure| failure))
    }
}

fn exception(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let make = py.import("vstream._errors")?.getattr("exception")?;
    let (kind, remedy) = (error.kind().name(), error.remedy().map(remedies::words));
    let made = make.call1((kind, error.to_string(), error.subject(), error.cause(), remedy))?;
    Ok(PyErr::from_value(made))
}
