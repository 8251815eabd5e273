//! What a simulation takes into its own hands, so that the same seed gives the same run: where new
//! ids come from, for the thread that asks. Only with the feature `simulation`.

use std::cell::RefCell;

use ulid::Ulid;

type Source = Box<dyn FnMut() -> Ulid>;

thread_local! {
    static IDS: RefCell<Option<Source>> = const { RefCell::new(None) };
}

/// From now on new ids of this thread come from `source`.
pub fn take_ids_from(source: impl FnMut() -> Ulid + 'static) {
    IDS.with_borrow_mut(|ids| *ids = Some(Box::new(source)));
}

/// The next id, if this thread is simulated.
pub(crate) fn next_id() -> Option<Ulid> {
    IDS.with_borrow_mut(|ids| ids.as_mut().map(|next| next()))
}
