//! Random numbers of the standard library, for one thread, from a seed: the order of hash maps, and
//! of the branches that tokio's `select!` tries first, which hangs on the same source.

use std::cell::Cell;

use crate::rng::Rng;

thread_local! {
    static STATE: Cell<u64> = const { Cell::new(0) };
}

/// From now on this thread draws from `seed`.
pub(crate) fn seed_this_thread(seed: u64) {
    STATE.set(seed.wrapping_mul(2).wrapping_add(1));
}

/// What the standard library asks instead of the C library's function of this name (`getrandom(2)`):
/// the linker takes the one of the program. Other threads get real random bytes.
#[expect(unsafe_code, reason = "takes the place of a C function")]
// SAFETY: it has the signature and the contract of the function that it replaces.
#[unsafe(no_mangle)]
unsafe extern "C" fn getrandom(buffer: *mut u8, length: usize, flags: u32) -> isize {
    let state = STATE.get();
    if state == 0 {
        // SAFETY: the caller's buffer is passed on with its length.
        let read = unsafe { libc::syscall(libc::SYS_getrandom, buffer, length, flags) };
        return isize::try_from(read).unwrap_or(-1);
    }
    // SAFETY: the caller gives a buffer of this length.
    let bytes = unsafe { std::slice::from_raw_parts_mut(buffer, length) };
    let mut dice = Rng::new(state);
    for byte in bytes {
        *byte = dice.next().to_le_bytes()[3];
    }
    STATE.set(dice.next() | 1);
    isize::try_from(length).unwrap_or(isize::MAX)
}
