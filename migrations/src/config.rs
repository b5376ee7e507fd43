//! Spec: spec/migrations/config-file.md
//!
//! The file `config`: reading, writing, and the steps that only change it.

mod addresses;
mod backup;
pub mod json;
mod renamed;

pub use addresses::{each_list, each_listen_list, skipping};
pub use backup::{Conversion, finish, forward, plan, revert};
pub use renamed::{Rewrite, rewrite};

use crate::error::Error;

/// An object from a text that may hold `null`, where only an object makes sense.
pub fn object(config: Option<json::Object>) -> Result<json::Object, Error> {
    config.ok_or_else(|| Error::Step("the configuration is null, not a JSON object".to_owned()))
}

/// The error of a text that is no JSON, as the steps from 16 on have it.
pub fn conversion_failed(error: json::Error) -> Error {
    Error::Step(format!("config conversion failed: {error}"))
}

/// Declares a step that only converts the configuration and keeps the old one as
/// `config.N-to-M.bak`: type, lower version, name, name of the way back, what it does in our words
/// and in upstream's, conversion, and the older form where there is no such backup.
macro_rules! config_step {
    (
        $(#[$doc:meta])* $name:ident: $from:literal, $step:literal, $back:literal,
        $about:literal, $description:literal, $convert:expr, $older:expr
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl crate::step::Step for $name {
            fn from(&self) -> u32 {
                $from
            }

            fn about(&self) -> &'static str {
                $about
            }

            fn description(&self) -> Option<&'static str> {
                Some($description)
            }

            fn forward(
                &self,
                context: &mut crate::context::Context<'_>,
            ) -> Result<(), crate::error::Error> {
                if crate::step::Step::family(self) == crate::step::Family::External {
                    context.report.log(concat!("> ", $description));
                }
                crate::config::forward(context, $step, $convert)
            }

            fn revert(
                &self,
                context: &mut crate::context::Context<'_>,
            ) -> Result<(), crate::error::Error> {
                crate::config::revert(context, $step, $back, $convert, $older)
            }

            fn finish(
                &self,
                context: &mut crate::context::Context<'_>,
                direction: crate::step::Direction,
            ) -> Result<(), crate::error::Error> {
                crate::config::finish(context, $step, direction)
            }

            fn plan(
                &self,
                context: &mut crate::context::Context<'_>,
                direction: crate::step::Direction,
            ) -> Result<crate::step::Plan, crate::error::Error> {
                crate::config::plan(context, $step, direction, $convert, $older)
            }
        }
    };
}
pub(crate) use config_step;
