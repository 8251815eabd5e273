//! How many connections may be open at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A number of places.
#[derive(Clone)]
pub(crate) struct Slots {
    taken: Arc<AtomicUsize>,
    limit: usize,
}

impl Slots {
    pub(crate) fn new(limit: usize) -> Self {
        Self { taken: Arc::default(), limit }
    }

    /// A place, if one is free.
    pub(crate) fn take(&self) -> Option<Slot> {
        let taken = self.taken.fetch_add(1, Ordering::AcqRel);
        let slot = Slot(Arc::clone(&self.taken));
        (taken < self.limit).then_some(slot)
    }
}

/// One of the places; given back when dropped.
pub(crate) struct Slot(Arc<AtomicUsize>);

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
