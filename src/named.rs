//! Conversion from and to text, for enums whose values have fixed names.
//! Values with arguments are parsed where they are defined.

/// Implements `Display` and `FromStr` by one table of names, so that the two agree.
macro_rules! named {
    ($type:ident, $what:literal, $form:literal, { $($variant:ident: $name:literal),+ $(,)? }) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                // Padded as text is.
                f.pad(match self { $(Self::$variant => $name),+ })
            }
        }

        #[doc = concat!("By the name that it has as text: ", $form, ".")]
        impl std::str::FromStr for $type {
            type Err = $crate::error::ParseError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($name => Ok(Self::$variant),)+
                    _ => Err($crate::error::ParseError::new(text, $what, $form)),
                }
            }
        }
    };
}

pub(crate) use named;
