//! Spec: spec/gateway/path-gateway.md
//!
//! The frame of all pages made here.

use maud::{DOCTYPE, Markup, html};

/// Changes with the looks of the pages, for the validators of pages.
pub(crate) const VERSION: &str = "1";

/// A page.
pub(crate) fn document(title: &str, main: Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
            }
            body { main { (main) } }
        }
    }
    .into_string()
}
