//! Spec: spec/repo/repo.md
//!
//! A part of an open repo that is made at its first use, once, whoever comes first.

use std::sync::{Mutex, OnceLock, PoisonError};

/// A value that is made when it is first asked for. Others who ask meanwhile wait for that one;
/// when making it fails, the next who asks tries again.
// spec: repo.opened-once
#[derive(Debug)]
pub struct Lazy<T> {
    value: OnceLock<T>,
    making: Mutex<()>,
}

impl<T> Default for Lazy<T> {
    fn default() -> Self {
        Self { value: OnceLock::new(), making: Mutex::new(()) }
    }
}

impl<T> Lazy<T> {
    /// The value, made by `make` if there is none yet.
    ///
    /// # Errors
    /// What `make` fails with.
    pub fn get_or_make<E>(&self, make: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        if let Some(value) = self.value.get() {
            return Ok(value);
        }
        let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = self.value.get() {
            return Ok(value);
        }
        let value = make()?;
        Ok(self.value.get_or_init(|| value))
    }

    /// The value if it was made.
    pub fn get(&self) -> Option<&T> {
        self.value.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn made_once_by_many_and_again_after_a_failure() {
        let lazy = Lazy::default();
        assert_eq!(lazy.get_or_make(|| Err("no")), Err("no"));
        assert_eq!(lazy.get(), None);
        let made = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let value = lazy.get_or_make(|| {
                        std::thread::yield_now();
                        Ok::<_, &str>(made.fetch_add(1, Ordering::SeqCst))
                    });
                    assert_eq!(value, Ok(&0));
                });
            }
        });
        assert_eq!(made.load(Ordering::SeqCst), 1);
    }
}
