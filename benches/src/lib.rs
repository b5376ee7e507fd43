//! What the measuring programs share: processes and what they cost, figures, options, content.

pub mod figures;
pub mod noise;
pub mod options;
pub mod process;
